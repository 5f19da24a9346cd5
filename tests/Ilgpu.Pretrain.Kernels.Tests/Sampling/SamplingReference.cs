namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Sampling from its definition: fp64, with a sort.</summary>
internal static class SamplingReference
{
    /// <summary>The probability of each id.</summary>
    public static double[] Probabilities(float[] logits, SamplingRule rule)
    {
        double largest = logits.Max();
        double[] weights = [.. logits.Select(logit => Math.Exp((logit - largest) / rule.Temperature))];
        int[] ranked = [.. Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).ThenBy(id => id)];
        int kept = rule.TopK == 0 ? logits.Length : Math.Min(rule.TopK, logits.Length);
        double wanted = rule.TopP * ranked.Take(kept).Sum(id => weights[id]);
        int inNucleus = 0;
        double reached = 0;
        while (inNucleus < kept && (rule.TopP == 1 || reached < wanted))
            reached += weights[ranked[inNucleus++]];
        var probabilities = new double[logits.Length];
        foreach (int id in ranked.Take(inNucleus))
            probabilities[id] = weights[id] / reached;
        return probabilities;
    }

    /// <summary>The random number of a draw: the counter's two words, 27 and 26 of their bits.</summary>
    public static double Uniform(ulong seed, uint sequence, uint position)
    {
        ThreefryWords words = Threefry.Words(sequence, position, (uint)seed, (uint)(seed >> 32));
        return (((ulong)(words.First >> 5) << 26) | (words.Second >> 6)) / Math.Pow(2, 53);
    }
}
