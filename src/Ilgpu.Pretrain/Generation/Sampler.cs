using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Generation;

/// <summary>
/// Draws next tokens of one sequence from logits: temperature, then top-k, then top-p (nucleus, arXiv 1904.09751). The
/// n-th draw depends on seed, sequence and n alone.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions options;
    private readonly double[] weights;
    private readonly ulong[] ranks;
    private SplitMix64 random;

    /// <param name="options">How to draw.</param>
    /// <param name="vocabulary">Logits a draw.</param>
    /// <param name="sequence">The sequence's number: each has a random stream of its own.</param>
    /// <exception cref="InputException">An option is out of its range.</exception>
    public Sampler(SamplingOptions options, int vocabulary, int sequence = 0)
    {
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabulary);
        this.options = options;
        weights = new double[vocabulary];
        ranks = new ulong[vocabulary];
        random = SplitMix64.Of(options.Seed, (ulong)sequence);
    }

    /// <summary>The drawn token's id.</summary>
    /// <exception cref="ArgumentException">The count is not the vocabulary's, or a logit is NaN.</exception>
    public int Draw(ReadOnlySpan<float> logits)
    {
        if (logits.Length != weights.Length)
            throw new ArgumentException($"{logits.Length} logits do not fit a vocabulary of {weights.Length}.", nameof(logits));
        int largest = Largest(logits);
        if (options.Temperature == 0)
            return largest;
        bool ranked = (options.TopK > 0 && options.TopK < logits.Length) || options.TopP < 1;
        return ranked ? DrawRanked(logits, logits[largest]) : DrawAny(logits, logits[largest]);
    }

    private static int Largest(ReadOnlySpan<float> logits)
    {
        int largest = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            if (float.IsNaN(logits[i]))
                throw new ArgumentException($"Logit {i} is not a number.", nameof(logits));
            if (logits[i] > logits[largest])
                largest = i;
        }

        return largest;
    }

    private int DrawAny(ReadOnlySpan<float> logits, float largest)
    {
        double sum = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            weights[i] = Weight(logits[i], largest);
            sum += weights[i];
        }

        return Pick(logits.Length, sum);
    }

    private int DrawRanked(ReadOnlySpan<float> logits, float largest)
    {
        for (int i = 0; i < ranks.Length; i++)
            ranks[i] = RankKey(logits[i], i);
        Array.Sort(ranks);
        int kept = options.TopK > 0 ? Math.Min(options.TopK, ranks.Length) : ranks.Length;
        double sum = 0;
        for (int rank = 0; rank < kept; rank++)
        {
            weights[rank] = Weight(logits[IdOf(ranks[rank])], largest);
            sum += weights[rank];
        }

        int inNucleus = 0;
        double nucleus = 0;
        while (inNucleus < kept && nucleus < options.TopP * sum)
            nucleus += weights[inNucleus++];
        return IdOf(ranks[Pick(inNucleus, nucleus)]);
    }

    private double Weight(float logit, float largest) => Math.Exp(((double)logit - largest) / options.Temperature);

    /// <summary>The index that a uniform number falls on among the first weights, whose sum is given.</summary>
    private int Pick(int count, double sum)
    {
        double left = random.NextDouble() * sum;
        int last = 0;
        for (int i = 0; i < count; i++)
        {
            if (weights[i] == 0)
                continue;
            last = i;
            left -= weights[i];
            if (left < 0)
                break;
        }

        return last;
    }

    /// <summary>Sorts larger logits first and, of equal ones, smaller ids.</summary>
    private static ulong RankKey(float logit, int id)
    {
        uint bits = BitConverter.SingleToUInt32Bits(logit == 0 ? 0 : logit);
        uint ascending = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
        return ((ulong)~ascending << 32) | (uint)id;
    }

    private static int IdOf(ulong rank) => (int)(uint)rank;
}
