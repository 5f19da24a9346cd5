namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Output head and cross-entropy in fp64, all logits at once.</summary>
internal static class OutputHeadReference
{
    public static double[] Losses(double[] hidden, double[] weights, int[] targets) =>
        CrossEntropyReference.Losses(Logits(hidden, weights, targets.Length), targets);

    public static (double[] HiddenGradient, double[] WeightGradient) Gradients(double[] hidden, double[] weights, int[] targets, double scale, double zLoss = 0)
    {
        int tokens = targets.Length;
        int width = hidden.Length / tokens;
        int vocabulary = weights.Length / width;
        double[] logitGradient = CrossEntropyReference.Gradient(Logits(hidden, weights, tokens), targets, scale, zLoss);
        var hiddenGradient = new double[hidden.Length];
        var weightGradient = new double[weights.Length];
        for (int i = 0; i < logitGradient.Length; i++)
        {
            int token = i / vocabulary;
            int id = i % vocabulary;
            for (int column = 0; column < width; column++)
            {
                hiddenGradient[(token * width) + column] += logitGradient[i] * weights[(id * width) + column];
                weightGradient[(id * width) + column] += logitGradient[i] * hidden[(token * width) + column];
            }
        }

        return (hiddenGradient, weightGradient);
    }

    private static double[] Logits(double[] hidden, double[] weights, int tokens)
    {
        int width = hidden.Length / tokens;
        int vocabulary = weights.Length / width;
        var logits = new double[tokens * vocabulary];
        for (int i = 0; i < logits.Length; i++)
        {
            for (int column = 0; column < width; column++)
                logits[i] += hidden[(i / vocabulary * width) + column] * weights[(i % vocabulary * width) + column];
        }

        return logits;
    }
}
