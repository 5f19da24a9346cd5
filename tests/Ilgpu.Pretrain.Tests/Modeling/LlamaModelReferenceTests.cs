using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

/// <summary>The model against the fp64 network: losses, logits, every gradient, and steps of training.</summary>
public sealed class LlamaModelReferenceTests
{
    /// <summary>Losses near 4 through a few dozen fp32 roundings of 6e-8 relative each.</summary>
    private static readonly Tolerance LossTolerance = new(5e-6, 2e-6);

    /// <summary>
    /// A gradient's error scales with the largest elements of its tensor, which is what the sums behind it are made of.
    /// </summary>
    private const double GradientTolerance = 1e-5;

    /// <summary>
    /// Of the largest gradient of all: where a tensor's gradient cancels to nothing (the queries of a single token), one
    /// rounding of what cancels is left.
    /// </summary>
    private const double CancellationTolerance = 1e-7;

    /// <summary>With <see cref="ChunkedTokens"/>, more logits than the output head takes at once.</summary>
    private const int ChunkedVocabulary = 5000;

    private const int ChunkedTokens = 300;

    /// <summary>hidden, mlp, layers, heads, key/value heads, vocabulary, tied, batch, length.</summary>
    public static TheoryData<int, int, int, int, int, int, bool, int, int> Shapes => new()
    {
        { 8, 6, 1, 1, 1, 5, false, 1, 1 },
        { 24, 40, 2, 4, 2, 37, false, 3, 17 },
        { 24, 40, 2, 4, 1, 37, true, 2, 33 },
        { 64, 224, 3, 4, 4, 257, false, 2, 65 },
        { 48, 168, 2, 3, 3, 100, true, 1, 129 },
        { 40, 56, 2, 5, 5, 300, false, 4, 16 },
        { 24, 40, 1, 4, 2, ChunkedVocabulary, true, 2, ChunkedTokens / 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Losses_and_every_gradient_equal_the_fp64_networks(
        int hidden, int mlp, int layers, int heads, int keyValueHeads, int vocabulary, bool tied, int batch, int length)
    {
        LlamaConfig config = Config(hidden, mlp, layers, heads, keyValueHeads, vocabulary, tied);
        using LlamaModel model = TestModels.Create(config, new LlamaModelOptions(batch, length) { Training = true }, seed: 11);
        (int[] inputs, int[] targets) = TestModels.Batch(config, batch * length, 12);
        float scale = 1f / (batch * length);
        (double[] losses, Dictionary<string, double[]> gradients) =
            TestModels.ReferenceOf(model).LossesAndGradients(inputs, targets, length, scale);

        float[] actual = TestModels.Run(model, inputs, targets, scale).Losses;
        LossTolerance.AssertClose(losses, actual, "losses");
        AssertGradients(gradients, model);

        model.Losses(inputs, targets, actual);
        LossTolerance.AssertClose(losses, actual, "losses without gradients");
    }

    [Fact]
    public void Logits_equal_the_fp64_networks_in_chunks_too()
    {
        LlamaConfig config = TestModels.Tiny with { Vocabulary = ChunkedVocabulary };
        const int Length = ChunkedTokens / 2;
        Assert.True(OutputHead.ChunkTokens(ChunkedTokens, ChunkedVocabulary) < ChunkedTokens);
        using LlamaModel model = TestModels.Create(config, new LlamaModelOptions(2, Length));
        (int[] inputs, _) = TestModels.Batch(config, ChunkedTokens, 2);
        var logits = new float[inputs.Length * config.Vocabulary];
        model.Logits(inputs, logits);
        new Tolerance(1e-5, 1e-5).AssertClose(TestModels.ReferenceOf(model).Logits(inputs, Length), logits, "logits");
    }

    [Fact]
    public void With_dropout_losses_and_gradients_are_those_of_the_masked_network()
    {
        const float Rate = .3f;
        const int Length = 19;
        const int Batch = 2;
        LlamaConfig config = TestModels.Tiny;
        using LlamaModel model = TestModels.Create(config, new LlamaModelOptions(Batch, Length) { Training = true, Dropout = Rate });
        (int[] inputs, int[] targets) = TestModels.Batch(config, Batch * Length, 3);
        double[][] masks = [.. Enumerable.Range(0, 1 + (2 * config.Layers)).Select(site =>
            Mask(Batch * Length, config.Hidden, Rate, new DropoutKey(5, 7, (uint)site)))];
        Assert.All(masks, mask => Assert.InRange(mask.Count(each => each == 0) / (double)mask.Length, .25, .35));
        (double[] losses, Dictionary<string, double[]> gradients) =
            TestModels.ReferenceOf(model, masks).LossesAndGradients(inputs, targets, Length, .1);

        LossTolerance.AssertClose(losses, TestModels.Run(model, inputs, targets, .1f).Losses, "losses");
        AssertGradients(gradients, model);

        var withoutDropout = new float[inputs.Length];
        model.Losses(inputs, targets, withoutDropout);
        LossTolerance.AssertClose(TestModels.ReferenceOf(model).Losses(inputs, targets, Length), withoutDropout, "losses without dropout");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ten_steps_of_training_follow_the_fp64_network(bool tied)
    {
        const int Batch = 2;
        const int Length = 21;
        const float Clip = .8f;
        LlamaConfig config = TestModels.Tiny with { TiedEmbeddings = tied };
        Device device = TestDevices.Cpu;
        using LlamaModel model = TestModels.Create(config, new LlamaModelOptions(Batch, Length) { Training = true });
        using var first = new Slab<float>(device, model.Layout.Slab);
        using var second = new Slab<float>(device, model.Layout.Slab);
        using var memory = new TestMemory(device);
        Tensor<float> norm = memory.Poisoned(1, 2);
        Tensor<double> scratch = memory.Allocate<double>(1, GradientNorm.Scratch(model.Gradients.View.Length));
        var gradientNorm = GradientNorm.Create(device);
        var adamW = AdamW.Create(device);
        Dictionary<string, double[]> parameters = TestModels.Widened(model, model.Parameters);
        var referenceAdamW = new ReferenceAdamW(parameters, name => IsDecayed(name, tied));
        bool clipped = false;
        for (int step = 1; step <= 10; step++)
        {
            (int[] inputs, int[] targets) = TestModels.Batch(config, Batch * Length, 100 + (step % 3));
            (double[] losses, Dictionary<string, double[]> gradients) =
                new ReferenceLlama(config, parameters).LossesAndGradients(inputs, targets, Length, 1.0 / inputs.Length);
            clipped |= referenceAdamW.Step(gradients, learningRate: .01, weightDecay: 1.6, Clip) < 1;

            float[] actual = TestModels.Run(model, inputs, targets, 1f / inputs.Length).Losses;
            gradientNorm.Compute(norm, model.Gradients.View, Clip, scratch);
            adamW.Step(
                model.Parameters.View,
                model.Gradients.View,
                first.View,
                second.View,
                model.Layout.DecayedLength,
                norm,
                new AdamWStep(.01, 1.6, .9, .95, 1e-8, step));
            double mean = losses.Average();
            Assert.True(
                Math.Abs(mean - actual.Average(each => (double)each)) <= 2e-5 * mean,
                $"step {step}: expected {mean:G9}, got {actual.Average(each => (double)each):G9}");
        }

        Assert.True(clipped);
    }

    private static bool IsDecayed(string name, bool tied) =>
        !name.Contains("norm", StringComparison.Ordinal) && (tied || !name.Contains("embed", StringComparison.Ordinal));

    [Fact]
    public void Gradients_with_a_z_loss_equal_the_fp64_reference_and_losses_are_without_it()
    {
        const float ZLoss = .1f;
        const int Length = 10;
        (int[] inputs, int[] targets) = TestModels.Batch(TestModels.Tiny, 2 * Length, seed: 41);
        using LlamaModel model = TestModels.Create(TestModels.Tiny, new LlamaModelOptions(2, Length) { Training = true, ZLoss = ZLoss });
        var reference = new ReferenceLlama(model.Config, TestModels.Widened(model, model.Parameters)) { ZLoss = ZLoss };
        (double[] losses, Dictionary<string, double[]> gradients) = reference.LossesAndGradients(inputs, targets, Length, 1);
        (float[] actual, _) = TestModels.Run(model, inputs, targets);
        LossTolerance.AssertClose(losses, actual, "losses");
        AssertGradients(gradients, model);
    }

    private static LlamaConfig Config(int hidden, int mlp, int layers, int heads, int keyValueHeads, int vocabulary, bool tied) =>
        TestModels.Tiny with
        {
            Hidden = hidden,
            Mlp = mlp,
            Layers = layers,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            Vocabulary = vocabulary,
            TiedEmbeddings = tied,
        };

    private static void AssertGradients(Dictionary<string, double[]> expected, LlamaModel model)
    {
        double largest = expected.Values.Max(each => each.Max(Math.Abs));
        double worst = 0;
        foreach (NamedParameter parameter in model.Layout.Named)
        {
            double[] gradient = expected[parameter.Name];
            float[] actual = parameter.In(model.Gradients).ToArray();
            double tolerance = (GradientTolerance * gradient.Max(Math.Abs)) + (CancellationTolerance * largest);
            new Tolerance(tolerance, 0).AssertClose(gradient, actual, parameter.Name);
            worst = Math.Max(worst, gradient.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / tolerance);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest error of a gradient: {worst:P0} of its tolerance");
    }

    /// <summary>What dropout multiplies each element with: the op itself on ones.</summary>
    private static double[] Mask(int rows, int columns, float rate, DropoutKey key)
    {
        using var memory = new TestMemory(TestDevices.Cpu);
        var ones = new float[rows * columns];
        Array.Fill(ones, 1);
        Tensor<float> mask = memory.Poisoned(rows, columns);
        Dropout.Create<float>(TestDevices.Cpu).Apply(mask, memory.Input(ones, rows, columns), addend: null, rate, key);
        return mask.ToArray().ToDoubles();
    }
}
