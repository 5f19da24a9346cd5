using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// <c>L(K) = A / K^alpha + E</c> (arXiv 2509.14786): E is where the loss goes with ever more members. Losses of the first K
/// of one order have members in common, so that an interval knows nothing of the luck of that order; means over several
/// orders do better.
/// </summary>
public static class EnsembleLaw
{
    public const string Form = "A / K^alpha + E";

    /// <summary>One point more than parameters: fewer leave nothing to see the noise by.</summary>
    public const int FewestMembers = 4;

    /// <summary>The law of losses, as <c>pretrain fit --law power --k k</c> fits it; null of fewer than <see cref="FewestMembers"/>.</summary>
    /// <param name="losses">Entry k - 1 is that of k members, in nats a token.</param>
    /// <param name="cancellation">Between bootstrap fits.</param>
    /// <exception cref="InputException">A loss is not positive and finite.</exception>
    public static LawFit? Fit(IReadOnlyList<double> losses, CancellationToken cancellation = default)
    {
        if (losses.Count < FewestMembers)
            return null;
        var data = new LawData(
            [.. losses.Select((_, i) => FormattableString.Invariant($"K = {i + 1}"))],
            [.. losses],
            new Dictionary<string, double[]> { [LawVariable.Members.Name] = [.. losses.Select((_, i) => i + 1.0)] });
        return LawFitting.Fit(new PowerLaw(LawVariable.Members), data, new FitOptions(), cancellation);
    }
}
