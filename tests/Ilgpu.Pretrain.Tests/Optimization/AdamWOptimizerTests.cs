using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Tests.Training;

namespace Ilgpu.Pretrain.Tests.Optimization;

public sealed class AdamWOptimizerTests
{
    private const int Length = 200;
    private const int Decayed = 128;

    /// <summary>A parameter of magnitude 1 is stored to 6e-8; ten steps of it.</summary>
    private const double StoredToFp32 = 1e-6;

    private const double WeightDecay = 1.6;

    private static readonly AdamWSettings Settings = new(ClipNorm: .7);

    [Theory]
    [InlineData(Rung.Naive)]
    [InlineData(Rung.Cpu)]
    public void Ten_steps_follow_the_formula_in_double_precision(Rung rung)
    {
        const int Seed = 20;
        var random = new Random(Seed);
        (Slab<float> parameters, Slab<float> gradients) = Slabs();
        using AdamWOptimizer optimizer = new(TestRuns.Device, Settings, parameters, gradients, Decayed, rung);
        double[] p = [.. Enumerable.Range(0, Length).Select(_ => (double)random.NextSingle())];
        var m = new double[Length];
        var v = new double[Length];
        Whole(parameters).CopyFrom([.. p.Select(x => (float)x)]);
        for (int step = 1; step <= 10; step++)
        {
            double learningRate = .01 * step;
            float[] g = [.. Enumerable.Range(0, Length).Select(_ => random.NextSingle() - .5f)];
            Whole(gradients).CopyFrom(g);
            Assert.True(optimizer.TryStep(new StepRates(learningRate, WeightDecay), out float norm), $"seed {Seed}");
            double expectedNorm = Math.Sqrt(g.Sum(x => (double)x * x));
            Assert.Equal(expectedNorm, norm, StoredToFp32 * expectedNorm);
            Step(p, m, v, g, Math.Min(1, Settings.ClipNorm / expectedNorm), learningRate, step);
        }

        Assert.Equal(10, optimizer.StepsTaken);
        float[] actual = Whole(parameters).ToArray();
        for (int i = 0; i < Length; i++)
            Assert.Equal(p[i], actual[i], StoredToFp32);
        parameters.Dispose();
        gradients.Dispose();
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        (Slab<float> parameters, Slab<float> gradients) = Slabs();
        using AdamWOptimizer optimizer = new(TestRuns.Device, Settings, parameters, gradients, Decayed);
        var ones = new float[Length];
        Array.Fill(ones, 1);
        Whole(parameters).CopyFrom(ones);
        var bad = new float[Length];
        bad[3] = float.NaN;
        Whole(gradients).CopyFrom(bad);
        Assert.False(optimizer.TryStep(new StepRates(.1, WeightDecay), out float norm));
        Assert.True(float.IsNaN(norm));
        Assert.Equal(0, optimizer.StepsTaken);
        Assert.Equal(ones, Whole(parameters).ToArray());
        Assert.Equal(new float[Length], Whole(optimizer.FirstMoment).ToArray());
        parameters.Dispose();
        gradients.Dispose();
    }

    private static void Step(double[] p, double[] m, double[] v, float[] g, double clip, double learningRate, int step)
    {
        for (int i = 0; i < Length; i++)
        {
            double clipped = g[i] * clip;
            m[i] = (Settings.Beta1 * m[i]) + ((1 - Settings.Beta1) * clipped);
            v[i] = (Settings.Beta2 * v[i]) + ((1 - Settings.Beta2) * clipped * clipped);
            double update = m[i] / (1 - Math.Pow(Settings.Beta1, step)) / (Math.Sqrt(v[i] / (1 - Math.Pow(Settings.Beta2, step))) + Settings.Epsilon);
            double decay = i < Decayed ? WeightDecay * p[i] : 0;
            p[i] -= learningRate * (update + decay);
        }
    }

    private static (Slab<float> Parameters, Slab<float> Gradients) Slabs()
    {
        var layout = new SlabLayout();
        layout.Reserve("all", 1, Length);
        return (new Slab<float>(TestRuns.Device, layout), new Slab<float>(TestRuns.Device, layout));
    }

    private static Tensor<float> Whole(Slab<float> slab) => slab[slab.Layout.Entries[0]];
}
