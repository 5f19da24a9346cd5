namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Softmax cross-entropy in fp64, written from the formula.</summary>
internal static class CrossEntropyReference
{
    public static double[] Losses(double[] logits, int[] targets)
    {
        int vocabulary = logits.Length / targets.Length;
        var losses = new double[targets.Length];
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] >= 0)
                losses[row] = -Math.Log(Softmax(logits.AsSpan(row * vocabulary, vocabulary))[targets[row]]);
        }

        return losses;
    }

    /// <summary>log(sum(exp(logits))) of each row; 0 for rows left out.</summary>
    public static double[] LogPartitions(double[] logits, int[] targets)
    {
        int vocabulary = logits.Length / targets.Length;
        return [.. targets.Select((target, row) =>
        {
            double[] x = logits[(row * vocabulary)..((row + 1) * vocabulary)];
            double largest = x.Max();
            return target < 0 ? 0 : largest + Math.Log(x.Sum(logit => Math.Exp(logit - largest)));
        })];
    }

    public static double[] Gradient(double[] logits, int[] targets, double scale, double zLoss = 0)
    {
        int vocabulary = logits.Length / targets.Length;
        var gradient = new double[logits.Length];
        double[] logPartitions = LogPartitions(logits, targets);
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] < 0)
                continue;
            double[] probabilities = Softmax(logits.AsSpan(row * vocabulary, vocabulary));
            for (int column = 0; column < vocabulary; column++)
                gradient[(row * vocabulary) + column] = scale * (probabilities[column] + (2 * zLoss * logPartitions[row] * probabilities[column]) - (column == targets[row] ? 1 : 0));
        }

        return gradient;
    }

    private static double[] Softmax(ReadOnlySpan<double> logits)
    {
        var exponentials = new double[logits.Length];
        double largest = double.NegativeInfinity;
        foreach (double logit in logits)
            largest = Math.Max(largest, logit);
        double sum = 0;
        for (int i = 0; i < logits.Length; i++)
            sum += exponentials[i] = Math.Exp(logits[i] - largest);
        return Array.ConvertAll(exponentials, exponential => exponential / sum);
    }
}
