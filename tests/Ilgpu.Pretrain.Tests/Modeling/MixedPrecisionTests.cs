using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Tests.Modeling;

/// <summary>The model with its residual branches in bf16, against the fp64 network. One thin class a device.</summary>
/// <param name="device">Where it runs.</param>
/// <param name="rung">Of every op; null for the device's best.</param>
/// <param name="shape">The model.</param>
public abstract class MixedPrecisionTests(Device device, Rung? rung, LlamaConfig shape)
{
    /// <summary>
    /// Share of a gradient's norm. Each value inside a branch is rounded by up to 2^-8; a gradient has gone through some ten
    /// such roundings a layer, independent of each other.
    /// </summary>
    private const double GradientError = .04;

    /// <summary>Logits of size one from hidden states and weights that are rounded by up to 2^-8, summed over the width.</summary>
    private static readonly Tolerance LossTolerance = new(.04, .01);

    private const int Batch = 2;
    private const int Length = 19;

    [Theory]
    [InlineData(false, 0f)]
    [InlineData(true, 0f)]
    [InlineData(false, .3f)]
    public void Losses_and_every_gradient_are_near_the_fp64_networks(bool tied, float dropout)
    {
        LlamaConfig config = shape with { TiedEmbeddings = tied };
        using LlamaModel model = Create(config, dropout);
        (int[] inputs, int[] targets) = TestModels.Batch(config, Batch * Length, 3);
        const float Scale = 1f / (Batch * Length);
        double[][]? masks = dropout == 0 ? null : [.. Enumerable.Range(0, 1 + (2 * config.Layers)).Select(site => Mask(config, dropout, (uint)site))];
        (double[] losses, Dictionary<string, double[]> gradients) =
            TestModels.ReferenceOf(model, masks).LossesAndGradients(inputs, targets, Length, Scale);

        LossTolerance.AssertClose(losses, TestModels.Run(model, inputs, targets, Scale).Losses, "losses");
        foreach ((string name, double[] actual) in TestModels.Widened(model, model.Gradients))
        {
            double error = Norm(actual.Zip(gradients[name], (a, b) => a - b)) / Norm(gradients[name]);
            Assert.True(error < GradientError, $"{name}: the gradient is off by {error:0.0000} of its norm");
        }

        float[] first = TestModels.AllOf(model.Gradients);
        TestModels.Run(model, inputs, targets, Scale, accumulate: true);
        new Tolerance(1e-6, 1e-5).AssertClose([.. first.Select(each => 2.0 * each)], TestModels.AllOf(model.Gradients), "accumulated gradients");
    }

    [Fact]
    public void Recomputing_activations_changes_no_bit()
    {
        using LlamaModel model = Create(shape, dropout: .1f);
        using LlamaModel recomputing = Create(shape, dropout: .1f, recompute: true);
        (int[] inputs, int[] targets) = TestModels.Batch(shape, Batch * Length, 4);
        (float[] losses, float[] gradients) = TestModels.Run(model, inputs, targets);
        (float[] losses2, float[] gradients2) = TestModels.Run(recomputing, inputs, targets);
        Bits.AssertEqual(losses, losses2, "losses");
        Bits.AssertEqual(gradients, gradients2, "gradients");
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    public void A_step_leaves_the_rounded_parameters_equal_to_the_parameters_rounded(OptimizerKind kind)
    {
        using LlamaModel model = Create(shape, dropout: 0);
        using IOptimizer optimizer = Optimizers.Create(kind, model, new AdamWSettings(), new MuonSettings(), rung);
        (int[] inputs, int[] targets) = TestModels.Batch(shape, Batch * Length, 5);
        float[] before = TestModels.AllOf(model.Parameters);
        TestModels.Run(model, inputs, targets);
        Assert.True(optimizer.TryStep(new StepRates(.01, WeightDecay: .1), out _));
        float[] after = TestModels.AllOf(model.Parameters);
        Assert.NotEqual(before, after);
        var rounded = new Tensor<BFloat16>(model.Rounded!.View, 1, after.Length);
        Assert.Equal(Array.ConvertAll(after, BFloat16.FromSingle), rounded.ToArray());
    }

    [Fact]
    public void Logits_and_losses_without_gradients_are_those_of_the_training_pass()
    {
        using LlamaModel model = Create(shape, dropout: 0);
        (int[] inputs, int[] targets) = TestModels.Batch(shape, Batch * Length, 6);
        var losses = new float[inputs.Length];
        var logits = new float[inputs.Length * shape.Vocabulary];
        model.Losses(inputs, targets, losses);
        Bits.AssertEqual(TestModels.Run(model, inputs, targets).Losses, losses, "losses");
        model.Logits(inputs, logits);
        // Logits of size one, from branches, hidden states and head that are each rounded by up to 2^-8.
        new Tolerance(.06, .02).AssertClose(TestModels.ReferenceOf(model).Logits(inputs, Length), logits, "logits");
        Assert.Throws<InvalidOperationException>(() => model.HiddenStates(inputs));
    }

    private LlamaModel Create(LlamaConfig config, float dropout, bool recompute = false)
    {
        var options = new LlamaModelOptions(Batch, Length) { Training = true, Dropout = dropout, Recompute = recompute, Precision = ComputePrecision.Bf16, Rung = rung };
        LlamaModel model = TestModels.Create(config, options, device: device);
        model.RoundParameters();
        return model;
    }

    private static double[] Mask(LlamaConfig config, float rate, uint site)
    {
        using var memory = new TestMemory(TestDevices.Cpu);
        var ones = new float[Batch * Length * config.Hidden];
        Array.Fill(ones, 1);
        Tensor<float> mask = memory.Poisoned(Batch * Length, config.Hidden);
        Dropout.Create<float>(TestDevices.Cpu).Apply(mask, memory.Input(ones, Batch * Length, config.Hidden), addend: null, rate, new DropoutKey(5, 7, site));
        return mask.ToArray().ToDoubles();
    }

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
}

public sealed class MixedPrecisionNaiveTests() : MixedPrecisionTests(TestDevices.Cpu, Rung.Naive, TestModels.Tiny)
{
    [Fact]
    public void A_device_without_tensor_cores_is_refused_with_what_it_takes()
    {
        var options = new LlamaModelOptions(1, 8) { Precision = ComputePrecision.Bf16 };
        Assert.Equal(
            "--precision was given bf16, which takes an NVIDIA GPU of sm_80 or newer; cpu is none. It takes fp32 here.",
            Assert.Throws<InputException>(() => new LlamaModel(TestDevices.Cpu, TestModels.Tiny, options)).Message);
    }

    [Fact]
    public void The_plan_counts_the_rounded_copy_and_halves_the_branches()
    {
        var options = new LlamaModelOptions(3, 5) { Training = true };
        ModelPlan single = ModelPlan.Of(TestModels.Tiny, options);
        ModelPlan mixed = ModelPlan.Of(TestModels.Tiny, options with { Precision = ComputePrecision.Bf16 });
        Assert.Equal(single.Parameters / 2, mixed.RoundedParameters);
        Assert.Equal(0, single.RoundedParameters);
        Assert.InRange(mixed.Activations, single.Activations / 2, single.Activations - 1);
        Assert.Equal(mixed.Parameters + mixed.Gradients + mixed.OptimizerState + mixed.Activations + mixed.Scratch + mixed.RoundedParameters, mixed.Total);
    }
}

/// <summary>The kernels that a GPU runs, those for tensor cores among them, on simulated warps.</summary>
public sealed class MixedPrecisionGpuTests() : MixedPrecisionTests(
    TestDevices.SimulatedWarps,
    rung: null,
    TestModels.Tiny with { Hidden = 64, Mlp = 40, Layers = 1, Heads = 1, KeyValueHeads = 1, Vocabulary = 40 })
{
    [Fact]
    public void Losses_in_fp32_equal_the_CPUs()
    {
        LlamaConfig config = TestModels.Tiny;
        (int[] inputs, int[] targets) = TestModels.Batch(config, 12, 7);
        using LlamaModel onWarps = TestModels.Create(config, new LlamaModelOptions(1, 12) { Training = true }, device: TestDevices.SimulatedWarps);
        using LlamaModel onCpu = TestModels.Create(config, new LlamaModelOptions(1, 12) { Training = true });
        (float[] losses, float[] gradients) = TestModels.Run(onWarps, inputs, targets);
        (float[] expectedLosses, float[] expectedGradients) = TestModels.Run(onCpu, inputs, targets);
        // Two orders of summation.
        new Tolerance(1e-5, 1e-5).AssertClose(expectedLosses.ToDoubles(), losses, "losses");
        new Tolerance(1e-4, 1e-4).AssertClose(expectedGradients.ToDoubles(), gradients, "gradients");
        SimulationFaults.ThrowIfAny();
    }
}
