namespace Ilgpu.Pretrain.Kernels;

/// <summary>The most probable tokens of a row: those whose logit lies above a number, and of those that equal it the first ids.</summary>
internal struct SamplingCut
{
    public float Least;

    /// <summary>The last id that is kept of those whose logit equals <see cref="Least"/>.</summary>
    public int LastEqual;

    /// <summary>Of all tokens.</summary>
    public static SamplingCut None => new() { Least = float.NegativeInfinity, LastEqual = int.MaxValue };

    public readonly bool Keeps(float logit, int id) => logit > Least || (logit == Least && id <= LastEqual);

    /// <summary>How many of the ids whose logits, and so whose weights, equal each other it takes to reach a sum: one at least.</summary>
    /// <param name="needed">What is missing without them.</param>
    /// <param name="weight">Of each.</param>
    /// <param name="there">How many there are.</param>
    public static int EqualsNeeded(double needed, float weight, int there)
    {
        double ratio = needed / weight;
        int whole = ratio < there ? (int)ratio : there;
        int count = ratio > whole ? whole + 1 : whole;
        count = count > there ? there : count;
        return count < 1 ? 1 : count;
    }
}
