namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Learning from soft labels in fp64, written from the formulas.</summary>
internal static class DistillationCrossEntropyReference
{
    /// <summary>KL(teacher || student) of each row, both softened.</summary>
    public static double[] Divergences(double[] logits, double[] teacher, int[] targets, double temperature)
    {
        int vocabulary = logits.Length / targets.Length;
        var divergences = new double[targets.Length];
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] < 0)
                continue;
            double[] p = LogSoftmax(logits.AsSpan(row * vocabulary, vocabulary), temperature);
            double[] q = LogSoftmax(teacher.AsSpan(row * vocabulary, vocabulary), temperature);
            // A probability that fp64 has no number for adds nothing; its logarithm may be infinite.
            for (int i = 0; i < vocabulary; i++)
                divergences[row] += Math.Exp(q[i]) == 0 ? 0 : Math.Exp(q[i]) * (q[i] - p[i]);
        }

        return divergences;
    }

    /// <summary>Of the sum of the rows' mixed losses, times the scale.</summary>
    public static double[] Gradient(double[] logits, double[] teacher, int[] targets, SoftTargetMix mix, double scale)
    {
        int vocabulary = logits.Length / targets.Length;
        double[] gradient = CrossEntropyReference.Gradient(logits, targets, scale * (1 - mix.Alpha));
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] < 0)
                continue;
            double[] p = LogSoftmax(logits.AsSpan(row * vocabulary, vocabulary), mix.Temperature);
            double[] q = LogSoftmax(teacher.AsSpan(row * vocabulary, vocabulary), mix.Temperature);
            for (int i = 0; i < vocabulary; i++)
                gradient[(row * vocabulary) + i] += scale * mix.Alpha * mix.Temperature * (Math.Exp(p[i]) - Math.Exp(q[i]));
        }

        return gradient;
    }

    public static double[] LogSoftmax(ReadOnlySpan<double> logits, double temperature)
    {
        var scaled = new double[logits.Length];
        for (int i = 0; i < logits.Length; i++)
            scaled[i] = logits[i] / temperature;
        double largest = scaled.Max();
        double logSum = largest + Math.Log(scaled.Sum(value => Math.Exp(value - largest)));
        return Array.ConvertAll(scaled, value => value - logSum);
    }
}
