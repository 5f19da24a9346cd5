namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Random inputs of one test, drawn from a seed that is printed with the test's output.</summary>
internal sealed class Inputs
{
    private readonly Random random;

    public Inputs(int seed)
    {
        random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
    }

    /// <summary>Standard normal values times <paramref name="scale"/>.</summary>
    public float[] Normal(long count, double scale = 1)
    {
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(scale * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    public float[] Uniform(long count, double from, double to)
    {
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(from + ((to - from) * random.NextDouble()));
        return values;
    }

    /// <summary>Integers in [from, to).</summary>
    public int[] Integers(int count, int from, int to)
    {
        var values = new int[count];
        for (int i = 0; i < count; i++)
            values[i] = random.Next(from, to);
        return values;
    }
}
