namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Causal attention in fp64, written from the formula, with the whole matrix of probabilities.</summary>
internal static class AttentionReference
{
    public static (double[] Output, double[] LogSumExp) Forward(double[] qkv, AttentionShape shape)
    {
        var output = new double[shape.Tokens * shape.OutputColumns];
        var logSumExp = new double[shape.Batch * shape.Heads * shape.Length];
        for (int sequence = 0; sequence < shape.Batch; sequence++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                var at = new HeadOffsets(shape, sequence, head);
                for (int i = 0; i < shape.Length; i++)
                {
                    (double[] probabilities, double logSum) = Probabilities(qkv, shape, at, i);
                    logSumExp[(((sequence * shape.Heads) + head) * shape.Length) + i] = logSum;
                    for (int j = 0; j <= i; j++)
                    {
                        for (int d = 0; d < shape.HeadSize; d++)
                            output[at.Output(i) + d] += probabilities[j] * qkv[at.Value(j) + d];
                    }
                }
            }
        }

        return (output, logSumExp);
    }

    public static double[] Backward(double[] outputGradient, double[] qkv, AttentionShape shape)
    {
        double scale = 1 / Math.Sqrt(shape.HeadSize);
        var gradient = new double[qkv.Length];
        for (int sequence = 0; sequence < shape.Batch; sequence++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                var at = new HeadOffsets(shape, sequence, head);
                for (int i = 0; i < shape.Length; i++)
                {
                    double[] probabilities = Probabilities(qkv, shape, at, i).Values;
                    var probabilityGradients = new double[i + 1];
                    for (int j = 0; j <= i; j++)
                        probabilityGradients[j] = Dot(outputGradient, at.Output(i), qkv, at.Value(j), shape.HeadSize);
                    double mean = probabilities.Zip(probabilityGradients, (p, g) => p * g).Sum();
                    for (int j = 0; j <= i; j++)
                    {
                        double scoreGradient = probabilities[j] * (probabilityGradients[j] - mean);
                        for (int d = 0; d < shape.HeadSize; d++)
                        {
                            gradient[at.Query(i) + d] += scale * scoreGradient * qkv[at.Key(j) + d];
                            gradient[at.Key(j) + d] += scale * scoreGradient * qkv[at.Query(i) + d];
                            gradient[at.Value(j) + d] += probabilities[j] * outputGradient[at.Output(i) + d];
                        }
                    }
                }
            }
        }

        return gradient;
    }

    private static (double[] Values, double LogSum) Probabilities(double[] qkv, AttentionShape shape, HeadOffsets at, int i)
    {
        var scores = new double[i + 1];
        for (int j = 0; j <= i; j++)
            scores[j] = Dot(qkv, at.Query(i), qkv, at.Key(j), shape.HeadSize) / Math.Sqrt(shape.HeadSize);
        double largest = scores.Max();
        double logSum = largest + Math.Log(scores.Sum(score => Math.Exp(score - largest)));
        return (Array.ConvertAll(scores, score => Math.Exp(score - logSum)), logSum);
    }

    private static double Dot(double[] a, int aStart, double[] b, int bStart, int count)
    {
        double sum = 0;
        for (int d = 0; d < count; d++)
            sum += a[aStart + d] * b[bStart + d];
        return sum;
    }

    /// <summary>Where the features of a sequence's token lie for one query head.</summary>
    private readonly record struct HeadOffsets(AttentionShape Shape, int Sequence, int Head)
    {
        public int Query(int token) => Row(token) + (Head * Shape.HeadSize);

        public int Key(int token) => Row(token) + ((Shape.Heads + (Head / (Shape.Heads / Shape.KeyValueHeads))) * Shape.HeadSize);

        public int Value(int token) => Key(token) + (Shape.KeyValueHeads * Shape.HeadSize);

        public int Output(int token) => ((((Sequence * Shape.Length) + token) * Shape.Heads) + Head) * Shape.HeadSize;

        private int Row(int token) => ((Sequence * Shape.Length) + token) * (Shape.Heads + (2 * Shape.KeyValueHeads)) * Shape.HeadSize;
    }
}
