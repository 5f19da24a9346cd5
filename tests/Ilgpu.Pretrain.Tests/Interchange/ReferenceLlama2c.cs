namespace Ilgpu.Pretrain.Tests.Interchange;

/// <summary>
/// A model of llama2.c's format with random weights: its files, and its logits in fp64 from that format's own formulas,
/// token by token: RoPE turns features 2i and 2i + 1 of a head. Nothing of the program under test takes part.
/// </summary>
internal sealed class ReferenceLlama2c
{
    private readonly Random random;
    private readonly float[] embedding;
    private readonly Layer[] layers;
    private readonly float[] finalNorm;
    private readonly float[]? head;

    public ReferenceLlama2c(int seed, bool tied)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        random = new Random(seed);
        embedding = Matrix(Vocabulary, Dim);
        layers = [.. Enumerable.Range(0, LayerCount).Select(_ => new Layer(
            Gains(Dim), Matrix(Dim, Dim), Matrix(KeyValueDim, Dim), Matrix(KeyValueDim, Dim), Matrix(Dim, Dim),
            Gains(Dim), Matrix(Hidden, Dim), Matrix(Dim, Hidden), Matrix(Hidden, Dim)))];
        finalNorm = Gains(Dim);
        head = tied ? null : Matrix(Vocabulary, Dim);
    }

    public static int Dim => 24;

    public static int Hidden => 40;

    public static int LayerCount => 2;

    public static int Heads => 4;

    public static int KeyValueHeads => 2;

    public static int Vocabulary => 265;

    public static int Context => 32;

    private static int HeadSize => Dim / Heads;

    private static int KeyValueDim => KeyValueHeads * HeadSize;

    /// <summary>Seven numbers, then the weights with what the rotary tables take before a head of its own.</summary>
    public byte[] Version0()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        WriteFields(writer, head is null ? Vocabulary : -Vocabulary);
        Write(writer, [embedding, .. All(l => l.AttentionNorm), .. All(l => l.Q), .. All(l => l.K), .. All(l => l.V), .. All(l => l.Output)]);
        Write(writer, [.. All(l => l.MlpNorm), .. All(l => l.Gate), .. All(l => l.Down), .. All(l => l.Up), finalNorm, new float[Context * HeadSize]]);
        if (head is not null)
            Write(writer, [head]);
        return stream.ToArray();
    }

    /// <summary>A head of 256 bytes, then the norms' weights and the others.</summary>
    public byte[] Version1(int version = 1)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("24ka"u8);
        writer.Write(version);
        WriteFields(writer, Vocabulary);
        writer.Write((byte)(head is null ? 1 : 0));
        writer.Write(new byte[256 - (int)stream.Length]);
        Write(writer, [.. All(l => l.AttentionNorm), .. All(l => l.MlpNorm), finalNorm, embedding, .. All(l => l.Q), .. All(l => l.K), .. All(l => l.V)]);
        Write(writer, [.. All(l => l.Output), .. All(l => l.Gate), .. All(l => l.Down), .. All(l => l.Up)]);
        if (head is not null)
            Write(writer, [head]);
        return stream.ToArray();
    }

    /// <summary>ids x vocabulary.</summary>
    public double[] Logits(int[] ids)
    {
        var logits = new List<double>();
        var keys = Enumerable.Range(0, LayerCount).Select(_ => new List<double[]>()).ToArray();
        var values = Enumerable.Range(0, LayerCount).Select(_ => new List<double[]>()).ToArray();
        for (int position = 0; position < ids.Length; position++)
        {
            double[] x = [.. embedding.AsSpan(ids[position] * Dim, Dim).ToArray().Select(value => (double)value)];
            for (int l = 0; l < LayerCount; l++)
            {
                Layer layer = layers[l];
                double[] normed = Norm(x, layer.AttentionNorm);
                double[] q = Turned(Product(layer.Q, normed), position);
                keys[l].Add(Turned(Product(layer.K, normed), position));
                values[l].Add(Product(layer.V, normed));
                Add(x, Product(layer.Output, Attend(q, keys[l], values[l])));
                normed = Norm(x, layer.MlpNorm);
                double[] gate = Product(layer.Gate, normed);
                double[] up = Product(layer.Up, normed);
                Add(x, Product(layer.Down, [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]));
            }

            logits.AddRange(Product(head ?? embedding, Norm(x, finalNorm)));
        }

        return [.. logits];
    }

    private static double[] Attend(double[] q, List<double[]> keys, List<double[]> values)
    {
        var attended = new double[Dim];
        for (int h = 0; h < Heads; h++)
        {
            int own = h * HeadSize;
            int shared = h / (Heads / KeyValueHeads) * HeadSize;
            double[] scores = [.. keys.Select(key => Math.Exp(Enumerable.Range(0, HeadSize).Sum(i => q[own + i] * key[shared + i]) / Math.Sqrt(HeadSize)))];
            for (int t = 0; t < keys.Count; t++)
            {
                for (int i = 0; i < HeadSize; i++)
                    attended[own + i] += scores[t] / scores.Sum() * values[t][shared + i];
            }
        }

        return attended;
    }

    private static double[] Turned(double[] x, int position)
    {
        var y = new double[x.Length];
        for (int i = 0; i < x.Length; i += 2)
        {
            double angle = position / Math.Pow(10000, i % HeadSize / (double)HeadSize);
            y[i] = (x[i] * Math.Cos(angle)) - (x[i + 1] * Math.Sin(angle));
            y[i + 1] = (x[i] * Math.Sin(angle)) + (x[i + 1] * Math.Cos(angle));
        }

        return y;
    }

    private static double[] Norm(double[] x, float[] gain)
    {
        double scale = 1 / Math.Sqrt((x.Sum(value => value * value) / x.Length) + 1e-5);
        return [.. x.Zip(gain, (value, g) => value * scale * g)];
    }

    private static double[] Product(float[] matrix, double[] x) =>
        [.. Enumerable.Range(0, matrix.Length / x.Length).Select(row => x.Select((value, i) => value * matrix[(row * x.Length) + i]).Sum())];

    private static void Add(double[] x, double[] y)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] += y[i];
    }

    private static void WriteFields(BinaryWriter writer, int vocabulary)
    {
        foreach (int field in new[] { Dim, Hidden, LayerCount, Heads, KeyValueHeads, vocabulary, Context })
            writer.Write(field);
    }

    private static void Write(BinaryWriter writer, IEnumerable<float[]> tensors)
    {
        foreach (float value in tensors.SelectMany(tensor => tensor))
            writer.Write(value);
    }

    private IEnumerable<float[]> All(Func<Layer, float[]> tensor) => layers.Select(tensor);

    private float[] Matrix(int rows, int columns) => [.. Enumerable.Range(0, rows * columns).Select(_ => (float)(((random.NextDouble() * 2) - 1) / Math.Sqrt(columns) * 2))];

    private float[] Gains(int columns) => [.. Enumerable.Range(0, columns).Select(_ => (float)(.5 + random.NextDouble()))];

    private sealed record Layer(float[] AttentionNorm, float[] Q, float[] K, float[] V, float[] Output, float[] MlpNorm, float[] Gate, float[] Down, float[] Up);
}
