namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Averages of an ensemble's logits in fp64, written from the formulas.</summary>
internal static class EnsembleLogitsReference
{
    /// <summary>log(2^-126): a probability below the smallest normal fp32 number counts as 0.</summary>
    private static readonly double LeastLogProbability = -126 * Math.Log(2);

    /// <param name="members">Of each its logits.</param>
    /// <param name="weights">With the sum 1; null for equal ones.</param>
    public static double[] MeanLogits(double[][] members, double[]? weights = null) =>
        [.. members[0].Select((_, i) => members.Select((member, m) => member[i] * (weights?[m] ?? 1.0 / members.Length)).Sum())];

    public static double[] LogMeanProbabilities(double[][] members, int rows, double[]? weights = null)
    {
        int vocabulary = members[0].Length / rows;
        var mean = new double[members[0].Length];
        for (int m = 0; m < members.Length; m++)
        {
            double[] member = members[m];
            double weight = weights?[m] ?? 1.0 / members.Length;
            for (int row = 0; row < rows; row++)
            {
                double logSumExp = EnsembleCrossEntropyReference.LogSumExp(member.AsSpan(row * vocabulary, vocabulary));
                for (int i = row * vocabulary; i < (row + 1) * vocabulary; i++)
                {
                    double logProbability = member[i] - logSumExp;
                    mean[i] += logProbability < LeastLogProbability ? 0 : weight * Math.Exp(logProbability);
                }
            }
        }

        return Array.ConvertAll(mean, probability => probability == 0 ? float.MinValue : Math.Log(probability));
    }
}
