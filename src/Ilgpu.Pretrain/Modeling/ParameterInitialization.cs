using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// Initial parameters. Element i of a tensor is drawn by (seed, tensor name, i) alone, so that the result depends neither
/// on the order nor on the number of threads, and adding a layer does not change the others.
/// </summary>
internal static class ParameterInitialization
{
    /// <summary>Normal values beyond so many standard deviations are drawn again.</summary>
    private const double Cut = 3;

    private const int StagedElements = 1 << 20;

    private const int ElementsPerTask = 1 << 14;

    public static void Fill(Slab<float> parameters, ParameterLayout layout, ulong seed)
    {
        var staging = new float[StagedElements];
        foreach (NamedParameter parameter in layout.Named)
        {
            Tensor<float> target = parameter.In(parameters);
            if (parameter.IsGain)
            {
                var ones = new float[parameter.Columns];
                Array.Fill(ones, 1);
                target.CopyFrom(ones);
                continue;
            }

            ulong stream = StreamOf(seed, parameter.Name);
            float deviation = (float)(1 / Math.Sqrt(parameter.Columns));
            for (long first = 0; first < target.Length; first += StagedElements)
            {
                int count = (int)Math.Min(StagedElements, target.Length - first);
                Draw(staging.AsMemory(0, count), stream, first, deviation);
                new Tensor<float>(target.View.SubView(first, count), 1, count).CopyFrom(staging.AsSpan(0, count));
            }
        }
    }

    private static void Draw(Memory<float> values, ulong stream, long first, float deviation)
    {
        int tasks = (values.Length + ElementsPerTask - 1) / ElementsPerTask;
        Parallel.For(0, tasks, task =>
        {
            int start = task * ElementsPerTask;
            Span<float> part = values.Span[start..Math.Min(start + ElementsPerTask, values.Length)];
            for (int i = 0; i < part.Length; i += 2)
            {
                (double a, double b) = TruncatedNormalPair(new SplitMix64(stream + (ulong)(first + start + i)));
                part[i] = (float)(a * deviation);
                if (i + 1 < part.Length)
                    part[i + 1] = (float)(b * deviation);
            }
        });
    }

    /// <summary>Two normal values by Box and Muller, drawn again until both lie within the cut.</summary>
    private static (double A, double B) TruncatedNormalPair(SplitMix64 random)
    {
        while (true)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            double a = radius * cosine;
            double b = radius * sine;
            if (Math.Abs(a) <= Cut && Math.Abs(b) <= Cut)
                return (a, b);
        }
    }

    private static ulong StreamOf(ulong seed, string name)
    {
        var random = new SplitMix64(seed);
        ulong stream = random.Next();
        foreach (byte letter in Encoding.UTF8.GetBytes(name))
            stream = new SplitMix64(stream ^ letter).Next();
        return stream;
    }
}
