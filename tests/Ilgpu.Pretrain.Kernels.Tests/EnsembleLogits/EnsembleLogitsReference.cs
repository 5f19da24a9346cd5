namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Averages of an ensemble's logits in fp64, written from the formulas.</summary>
internal static class EnsembleLogitsReference
{
    /// <summary>log(2^-126): a probability below the smallest normal fp32 number counts as 0.</summary>
    private static readonly double LeastLogProbability = -126 * Math.Log(2);

    public static double[] MeanLogits(double[][] members) =>
        [.. members[0].Select((_, i) => members.Average(member => member[i]))];

    public static double[] LogMeanProbabilities(double[][] members, int rows)
    {
        int vocabulary = members[0].Length / rows;
        var mean = new double[members[0].Length];
        foreach (double[] member in members)
        {
            for (int row = 0; row < rows; row++)
            {
                double logSumExp = EnsembleCrossEntropyReference.LogSumExp(member.AsSpan(row * vocabulary, vocabulary));
                for (int i = row * vocabulary; i < (row + 1) * vocabulary; i++)
                {
                    double logProbability = member[i] - logSumExp;
                    mean[i] += logProbability < LeastLogProbability ? 0 : Math.Exp(logProbability) / members.Length;
                }
            }
        }

        return Array.ConvertAll(mean, probability => probability == 0 ? float.MinValue : Math.Log(probability));
    }
}
