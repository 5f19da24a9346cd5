using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

/// <summary>y = x W^T in fp64, W outputs x inputs.</summary>
internal static class Linear
{
    public static double[] Forward(double[] x, double[] weight, int inputs)
    {
        int rows = x.Length / inputs;
        int outputs = weight.Length / inputs;
        var y = new double[rows * outputs];
        for (int row = 0; row < rows; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                double sum = 0;
                for (int input = 0; input < inputs; input++)
                    sum += x[(row * inputs) + input] * weight[(output * inputs) + input];
                y[(row * outputs) + output] = sum;
            }
        }

        return y;
    }

    /// <summary>The gradient of x; that of the weight is added to <paramref name="weightGradient"/>.</summary>
    public static double[] Backward(double[] dy, double[] x, double[] weight, int inputs, double[] weightGradient)
    {
        int rows = x.Length / inputs;
        int outputs = weight.Length / inputs;
        var dx = new double[x.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                double gradient = dy[(row * outputs) + output];
                for (int input = 0; input < inputs; input++)
                {
                    dx[(row * inputs) + input] += gradient * weight[(output * inputs) + input];
                    weightGradient[(output * inputs) + input] += gradient * x[(row * inputs) + input];
                }
            }
        }

        return dx;
    }
}

/// <summary>RMSNorm in fp64.</summary>
internal static class Norm
{
    public static double[] Forward(double[] x, double[] gain, double epsilon)
    {
        int columns = gain.Length;
        var y = new double[x.Length];
        for (int start = 0; start < x.Length; start += columns)
        {
            double r = InverseRms(x, start, columns, epsilon);
            for (int i = 0; i < columns; i++)
                y[start + i] = x[start + i] * r * gain[i];
        }

        return y;
    }

    /// <summary>The gradient of x; that of the gain is added to <paramref name="gainGradient"/>.</summary>
    public static double[] Backward(double[] dy, double[] x, double[] gain, double epsilon, double[] gainGradient)
    {
        int columns = gain.Length;
        var dx = new double[x.Length];
        for (int start = 0; start < x.Length; start += columns)
        {
            double r = InverseRms(x, start, columns, epsilon);
            double dot = 0;
            for (int i = 0; i < columns; i++)
            {
                dot += dy[start + i] * gain[i] * x[start + i];
                gainGradient[i] += dy[start + i] * x[start + i] * r;
            }

            for (int i = 0; i < columns; i++)
                dx[start + i] = (dy[start + i] * gain[i] * r) - (x[start + i] * r * r * r * dot / columns);
        }

        return dx;
    }

    private static double InverseRms(double[] x, int start, int columns, double epsilon)
    {
        double squares = 0;
        for (int i = 0; i < columns; i++)
            squares += x[start + i] * x[start + i];
        return 1 / Math.Sqrt((squares / columns) + epsilon);
    }
}

/// <summary>Rotary positions in fp64, feature i paired with feature i + headSize / 2.</summary>
internal static class Rotary
{
    /// <summary>Turns each head of each row by its position, forwards (1) or back (-1).</summary>
    public static double[] Turn(double[] x, LlamaConfig config, int heads, int length, int direction)
    {
        int size = config.HeadSize;
        int half = size / 2;
        var y = new double[x.Length];
        for (int row = 0; row < x.Length / (heads * size); row++)
        {
            for (int head = 0; head < heads; head++)
            {
                int start = ((row * heads) + head) * size;
                for (int i = 0; i < half; i++)
                {
                    double angle = direction * (row % length) * Math.Pow(config.RopeTheta, -2.0 * i / size);
                    y[start + i] = (x[start + i] * Math.Cos(angle)) - (x[start + half + i] * Math.Sin(angle));
                    y[start + half + i] = (x[start + half + i] * Math.Cos(angle)) + (x[start + i] * Math.Sin(angle));
                }
            }
        }

        return y;
    }
}

/// <summary>Causal attention with grouped key/value heads in fp64.</summary>
internal static class ReferenceAttention
{
    /// <summary>The heads' outputs side by side, and the probabilities: (row, head) x length.</summary>
    public static (double[] Attended, double[] Probabilities) Forward(double[] q, double[] k, double[] v, LlamaConfig config, int length)
    {
        int rows = q.Length / config.Hidden;
        var attended = new double[q.Length];
        var probabilities = new double[rows * config.Heads * length];
        for (int row = 0; row < rows; row++)
        {
            for (int head = 0; head < config.Heads; head++)
            {
                var at = new HeadAt(config, length, row, head);
                double sum = 0;
                for (int key = 0; key <= at.Position; key++)
                {
                    double score = 0;
                    for (int i = 0; i < config.HeadSize; i++)
                        score += q[at.Query + i] * k[at.Key(key) + i];
                    probabilities[at.Probability + key] = Math.Exp(score / Math.Sqrt(config.HeadSize));
                    sum += probabilities[at.Probability + key];
                }

                for (int key = 0; key <= at.Position; key++)
                {
                    probabilities[at.Probability + key] /= sum;
                    for (int i = 0; i < config.HeadSize; i++)
                        attended[at.Query + i] += probabilities[at.Probability + key] * v[at.Key(key) + i];
                }
            }
        }

        return (attended, probabilities);
    }

    public static (double[] Q, double[] K, double[] V) Backward(
        double[] dAttended,
        double[] q,
        double[] k,
        double[] v,
        double[] probabilities,
        LlamaConfig config,
        int length)
    {
        var dq = new double[q.Length];
        var dk = new double[k.Length];
        var dv = new double[v.Length];
        double scale = 1 / Math.Sqrt(config.HeadSize);
        for (int row = 0; row < q.Length / config.Hidden; row++)
        {
            for (int head = 0; head < config.Heads; head++)
            {
                var at = new HeadAt(config, length, row, head);
                var dp = new double[at.Position + 1];
                double expected = 0;
                for (int key = 0; key <= at.Position; key++)
                {
                    double p = probabilities[at.Probability + key];
                    for (int i = 0; i < config.HeadSize; i++)
                    {
                        dp[key] += dAttended[at.Query + i] * v[at.Key(key) + i];
                        dv[at.Key(key) + i] += p * dAttended[at.Query + i];
                    }

                    expected += p * dp[key];
                }

                for (int key = 0; key <= at.Position; key++)
                {
                    double dScore = probabilities[at.Probability + key] * (dp[key] - expected) * scale;
                    for (int i = 0; i < config.HeadSize; i++)
                    {
                        dq[at.Query + i] += dScore * k[at.Key(key) + i];
                        dk[at.Key(key) + i] += dScore * q[at.Query + i];
                    }
                }
            }
        }

        return (dq, dk, dv);
    }

    /// <summary>Where one head of one row finds its elements.</summary>
    private readonly record struct HeadAt(LlamaConfig Config, int Length, int Row, int Head)
    {
        public int Position => Row % Length;

        public int Query => ((Row * Config.Heads) + Head) * Config.HeadSize;

        public int Probability => ((Row * Config.Heads) + Head) * Length;

        public int Key(int position) =>
            (((Row - Position + position) * Config.KeyValueHeads) + (Head * Config.KeyValueHeads / Config.Heads)) * Config.HeadSize;
    }
}
