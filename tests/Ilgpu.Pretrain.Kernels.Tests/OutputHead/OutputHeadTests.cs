namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The output head in chunks against fp64 with all logits at once, one thin class a rung below.</summary>
public abstract class OutputHeadTests<T>(Rung rung)
    where T : unmanaged
{
    private const float Scale = 1f / 7;

    /// <summary>Logits of size 2 summed from a hundred products or fewer in fp32: a few 1e-7 absolute, and as much again in the loss.</summary>
    private static readonly Tolerance LossTolerance = new(4e-6, 2e-6);

    /// <summary>
    /// Sums of products in fp32; in bf16 each term's gradient of a logit, 1/7 at most, has been rounded by 2^-8 of itself, and
    /// random errors grow like the square root of the terms.
    /// </summary>
    private static Tolerance GradientTolerance(int terms)
    {
        Tolerance sums = Tolerance.Sum(terms, 4);
        return typeof(T) == typeof(float) ? sums : Elements.After<T>(sums) with { Absolute = 2 * Scale / 256 * Math.Sqrt(terms) };
    }

    [Theory]
    [MemberData(nameof(OutputHeadShapes.All), MemberType = typeof(OutputHeadShapes))]
    public void Losses_and_gradients_equal_the_fp64_reference(int tokens, int vocabulary, int width, int chunk, int seed)
    {
        tokens = RungDevices.AtMost(rung, 9, tokens);
        vocabulary = RungDevices.AtMost(rung, 70, vocabulary);
        var problem = new Problem(tokens, vocabulary, width, seed);
        double[] losses = OutputHeadReference.Losses(problem.Hidden.ToDoubles(), problem.Weights.ToDoubles(), problem.Targets);
        (double[] hiddenGradient, double[] weightGradient) = OutputHeadReference.Gradients(problem.Hidden.ToDoubles(), problem.Weights.ToDoubles(), problem.Targets, Scale);
        LossTolerance.AssertClose(losses, Forward(Device, problem, chunk), "losses of the forward pass");
        Result result = ForwardBackward(Device, problem, chunk, before: null);
        LossTolerance.AssertClose(losses, result.Losses, "losses");
        GradientTolerance(vocabulary).AssertClose(hiddenGradient, result.HiddenGradient, "hidden gradient");
        GradientTolerance(tokens).AssertClose(weightGradient, result.WeightGradient, "weight gradient");
        float[] before = new Inputs(seed + 100).Normal(problem.Weights.Length);
        double[] accumulated = [.. weightGradient.Select((value, i) => value + before[i])];
        GradientTolerance(tokens).AssertClose(accumulated, ForwardBackward(Device, problem, chunk, before).WeightGradient, "accumulated weight gradient");
    }

    [Fact]
    public void A_z_loss_reaches_both_gradients_in_every_chunk()
    {
        const float ZLoss = .1f;
        var problem = new Problem(9, 65, 16, 23);
        (double[] hiddenGradient, double[] weightGradient) = OutputHeadReference.Gradients(problem.Hidden.ToDoubles(), problem.Weights.ToDoubles(), problem.Targets, Scale, ZLoss);
        Result result = ForwardBackward(Device, problem, 4, before: null, zLoss: ZLoss);
        Bits.AssertEqual(ForwardBackward(Device, problem, 4, before: null).Losses, result.Losses, "losses");
        GradientTolerance(65).AssertClose(hiddenGradient, result.HiddenGradient, "hidden gradient");
        GradientTolerance(9).AssertClose(weightGradient, result.WeightGradient, "weight gradient");
    }

    [Fact]
    public void Losses_and_hidden_gradient_depend_neither_on_the_chunk_nor_on_the_other_tokens_nor_on_the_threads()
    {
        var problem = new Problem(37, 65, 40, 21);
        Result one = ForwardBackward(Device, problem, 37, before: null);
        Result chunks = ForwardBackward(Device, problem, 8, before: null);
        Bits.AssertEqual(one.Losses, chunks.Losses, "losses in chunks");
        Bits.AssertEqual(one.HiddenGradient, chunks.HiddenGradient, "hidden gradient in chunks");
        Result alone = ForwardBackward(Device, problem.LastToken(), 1, before: null);
        Bits.AssertEqual(one.Losses.AsSpan(36), alone.Losses, "last loss alone");
        Bits.AssertEqual(one.HiddenGradient.AsSpan(36 * 40), alone.HiddenGradient, "last hidden gradient alone");
        Result oneThread = ForwardBackward(RungDevices.Other(rung), problem, 8, before: null);
        Bits.AssertEqual(chunks.Losses, oneThread.Losses, "losses on one thread");
        Bits.AssertEqual(chunks.HiddenGradient, oneThread.HiddenGradient, "hidden gradient on one thread");
        Bits.AssertEqual(chunks.WeightGradient, oneThread.WeightGradient, "weight gradient on one thread");
    }

    [Fact]
    public void The_hidden_gradient_may_take_the_hidden_states_place()
    {
        var problem = new Problem(21, 33, 20, 22);
        Result apart = ForwardBackward(Device, problem, 8, before: null);
        Result inPlace = ForwardBackward(Device, problem, 8, before: null, inPlace: true);
        Bits.AssertEqual(apart.HiddenGradient, inPlace.HiddenGradient, "hidden gradient");
        Bits.AssertEqual(apart.WeightGradient, inPlace.WeightGradient, "weight gradient");
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = Head(Device);
        Tensor<T> hidden = memory.PoisonedOf<T>(4, 8);
        Tensor<T> weights = memory.PoisonedOf<T>(9, 8);
        Tensor<int> targets = memory.Allocate<int>(1, 4);
        Tensor<float> losses = memory.Poisoned(1, 4);
        Assert.Throws<ArgumentException>(() => op.Forward(losses, hidden, memory.PoisonedOf<T>(9, 7), targets, memory.Poisoned(4, 9)));
        Assert.Throws<ArgumentException>(() => op.Forward(losses, hidden, weights, targets, memory.Poisoned(4, 10)));
        Assert.Throws<ArgumentException>(() => op.Forward(memory.Poisoned(1, 3), hidden, weights, targets, memory.Poisoned(4, 9)));
        Tensor<float> noLogits = memory.Poisoned(1, 9).RowRange(0, 0);
        Assert.Throws<ArgumentException>(() => op.Forward(losses, hidden, weights, targets, noLogits));
    }

    private Device Device => RungDevices.Usual(rung);

    /// <summary>On simulated warps each of the head's two ops takes its best rung, which need not be the same.</summary>
    private OutputHead<T> Head(Device device) => new(device, rung == Rung.Gpu ? null : rung);

    private float[] Forward(Device device, Problem problem, int chunk)
    {
        using var memory = new TestMemory(device);
        Tensor<float> losses = memory.Poisoned(1, problem.Tokens);
        Head(device).Forward(
            losses,
            memory.InputOf<T>(problem.Hidden, problem.Tokens, problem.Width),
            memory.InputOf<T>(problem.Weights, problem.Vocabulary, problem.Width),
            memory.Input(problem.Targets, 1, problem.Tokens),
            memory.Poisoned(chunk, problem.Vocabulary));
        return losses.ToArray();
    }

    private Result ForwardBackward(Device device, Problem problem, int chunk, float[]? before, bool inPlace = false, float zLoss = 0)
    {
        using var memory = new TestMemory(device);
        Tensor<float> losses = memory.Poisoned(1, problem.Tokens);
        Tensor<T> hidden = memory.InputOf<T>(problem.Hidden, problem.Tokens, problem.Width);
        Tensor<T> hiddenGradient = inPlace ? hidden : memory.PoisonedOf<T>(problem.Tokens, problem.Width);
        Tensor<float> weightGradient = before is null
            ? memory.Poisoned(problem.Vocabulary, problem.Width)
            : memory.Input(before, problem.Vocabulary, problem.Width);
        Tensor<float> logits = memory.Poisoned(chunk, problem.Vocabulary);
        Head(device).ForwardBackward(
            losses,
            hiddenGradient,
            weightGradient,
            hidden,
            memory.InputOf<T>(problem.Weights, problem.Vocabulary, problem.Width),
            memory.Input(problem.Targets, 1, problem.Tokens),
            logits,
            logits is Tensor<T> itself ? itself : memory.PoisonedOf<T>(chunk, problem.Vocabulary),
            Scale,
            before is not null,
            zLoss);
        return new Result(losses.ToArray(), Elements.ToSingles(hiddenGradient.ToArray()), weightGradient.ToArray());
    }

    private sealed record Result(float[] Losses, float[] HiddenGradient, float[] WeightGradient);

    private sealed class Problem
    {
        public Problem(int tokens, int vocabulary, int width, int seed)
        {
            var inputs = new Inputs(seed);
            Hidden = Elements.Rounded<T>(inputs.Normal(tokens * width));
            Weights = Elements.Rounded<T>(inputs.Normal(vocabulary * width, 2 / Math.Sqrt(width)));
            Targets = inputs.Integers(tokens, 0, vocabulary);
            if (tokens > 3)
                Targets[2] = -1;
        }

        private Problem(float[] hidden, float[] weights, int[] targets) => (Hidden, Weights, Targets) = (hidden, weights, targets);

        public float[] Hidden { get; }

        public float[] Weights { get; }

        public int[] Targets { get; }

        public int Tokens => Targets.Length;

        public int Width => Hidden.Length / Tokens;

        public int Vocabulary => Weights.Length / Width;

        public Problem LastToken() => new(Hidden[^Width..], Weights, Targets[^1..]);
    }
}

/// <summary>What the tests of all elements run with.</summary>
public static class OutputHeadShapes
{
    /// <summary>tokens, vocabulary, width, chunk, seed: one chunk that is larger, equal; several, the last one full, short, of a single token.</summary>
    public static TheoryData<int, int, int, int, int> All => new()
    {
        { 1, 1, 1, 1, 1 }, { 1, 17, 5, 4, 2 }, { 5, 33, 16, 8, 3 }, { 8, 65, 17, 8, 4 }, { 9, 64, 48, 8, 5 }, { 24, 31, 32, 8, 6 }, { 70, 257, 33, 32, 7 }, { 13, 100, 64, 1, 8 },
    };
}

public sealed class OutputHeadNaiveTests() : OutputHeadTests<float>(Rung.Naive);

public sealed class OutputHeadNaiveBFloat16Tests() : OutputHeadTests<BFloat16>(Rung.Naive);

public sealed class OutputHeadCpuTests() : OutputHeadTests<float>(Rung.Cpu);

public sealed class OutputHeadGpuTests() : OutputHeadTests<float>(Rung.Gpu);

public sealed class OutputHeadGpuBFloat16Tests() : OutputHeadTests<BFloat16>(Rung.Gpu);

public sealed class OutputHeadShapeTests
{
    [Theory]
    [InlineData(100, 257, 100)]
    [InlineData(100_000, 257, 4032)]
    [InlineData(4096, 4096, 256)]
    [InlineData(4096, 50_257, 256)]
    [InlineData(32, 128_256, 32)]
    public void Chunks_keep_logits_near_four_megabytes_or_have_256_tokens(int tokens, int vocabulary, int chunk) =>
        Assert.Equal(chunk, OutputHead.ChunkTokens(tokens, vocabulary));

    [Fact]
    public void The_reference_gradients_are_the_derivatives()
    {
        var inputs = new Inputs(61);
        double[] hidden = inputs.Normal(3 * 4).ToDoubles();
        double[] weights = inputs.Normal(5 * 4).ToDoubles();
        int[] targets = [4, -1, 0];
        (double[] hiddenGradient, double[] weightGradient) = OutputHeadReference.Gradients(hidden, weights, targets, .5);
        NumericGradient.AssertMatches(at => .5 * OutputHeadReference.Losses(at, weights, targets).Sum(), hidden, hiddenGradient, "hidden");
        NumericGradient.AssertMatches(at => .5 * OutputHeadReference.Losses(hidden, at, targets).Sum(), weights, weightGradient, "weights");
    }
}
