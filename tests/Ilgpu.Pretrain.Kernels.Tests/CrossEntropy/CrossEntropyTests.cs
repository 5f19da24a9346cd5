namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Softmax cross-entropy against fp64, one thin class a rung below.</summary>
public abstract class CrossEntropyTests<T>(Rung rung)
    where T : unmanaged
{
    /// <summary>Of a row of 83: its ends, and around the 16 lanes.</summary>
    private static readonly int[] Places = [0, 82, 80, 1, 15, 16, 79];

    private const float Scale = 1f / 7;

    /// <summary>fp32 exponentials of 2 ulp, whose errors average out in the sum: 1e-6 of the loss; absolute for losses near zero, where 1 + small rounds in fp32 lanes.</summary>
    private static readonly Tolerance LossTolerance = new(5e-7, 1e-6);

    /// <summary>A probability is the quotient of two numbers that good, and its argument was rounded at the size of the logits.</summary>
    private static readonly Tolerance GradientTolerance = new(2e-7 * Scale, 4e-6);

    [Theory]
    [MemberData(nameof(CrossEntropyShapes.All), MemberType = typeof(CrossEntropyShapes))]
    public void Losses_and_gradient_equal_the_fp64_reference(int rows, int vocabulary, int seed)
    {
        rows = RungDevices.AtMost(rung, 9, rows);
        var inputs = new Inputs(seed);
        float[] logits = inputs.Normal(rows * vocabulary, 4);
        int[] targets = inputs.Integers(rows, 0, vocabulary);
        if (rows > 2)
            targets[1] = -1;
        double[] losses = CrossEntropyReference.Losses(logits.ToDoubles(), targets);
        double[] gradient = CrossEntropyReference.Gradient(logits.ToDoubles(), targets, Scale);
        LossTolerance.AssertClose(losses, Forward(Device, logits, targets), "losses of the forward pass");
        (float[] actualLosses, float[] actualGradient) = ForwardBackward(Device, logits, targets);
        LossTolerance.AssertClose(losses, actualLosses, "losses");
        Elements.After<T>(GradientTolerance).AssertClose(gradient, actualGradient, "gradient");
    }

    /// <summary>vocabulary, weight, seed: log Z near 10, so that the gradient becomes up to eleven times as large.</summary>
    [Theory]
    [InlineData(83, 1e-4f, 31)]
    [InlineData(1030, .5f, 32)]
    public void A_z_loss_is_in_the_gradient_and_not_in_the_losses(int vocabulary, float zLoss, int seed)
    {
        var inputs = new Inputs(seed);
        float[] logits = inputs.Normal(3 * vocabulary, 3);
        int[] targets = [2, -1, vocabulary - 1];
        double[] gradient = CrossEntropyReference.Gradient(logits.ToDoubles(), targets, Scale, zLoss);
        (float[] losses, float[] actual) = ForwardBackward(Device, logits, targets, zLoss);
        Bits.AssertEqual(ForwardBackward(Device, logits, targets).Losses, losses, "losses");
        double larger = 1 + (2 * zLoss * CrossEntropyReference.LogPartitions(logits.ToDoubles(), targets).Max());
        Elements.After<T>(GradientTolerance with { Absolute = GradientTolerance.Absolute * larger }).AssertClose(gradient, actual, "gradient");
    }

    /// <summary>1 + 1e-30 is 1: the factor that a weight brings in changes no bit when it is 1.</summary>
    [Fact]
    public void A_z_loss_too_light_to_tell_from_none_gives_the_bits_of_none()
    {
        float[] logits = new Inputs(33).Normal(2 * 83, 3);
        int[] targets = [5, 82];
        Bits.AssertEqual(ForwardBackward(Device, logits, targets).Gradient, ForwardBackward(Device, logits, targets, 1e-30f).Gradient, "gradient");
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-1e4f)]
    public void Large_logits_do_not_overflow(float shift)
    {
        float[] logits = Array.ConvertAll(new Inputs(12).Integers(100, -8, 8), value => value + shift);
        int[] targets = [0, 49];
        LossTolerance.AssertClose(CrossEntropyReference.Losses(logits.ToDoubles(), targets), Forward(Device, logits, targets), "losses");
        (_, float[] gradient) = ForwardBackward(Device, logits, targets);
        Elements.After<T>(GradientTolerance).AssertClose(CrossEntropyReference.Gradient(logits.ToDoubles(), targets, Scale), gradient, "gradient");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_not_finite_shows_in_loss_and_gradient(float bad)
    {
        const int Vocabulary = 83;
        foreach (int place in Places.Take(RungDevices.AtMost(rung, 2, 7)))
        {
            float[] logits = new Inputs(13).Normal(2 * Vocabulary);
            logits[place] = bad;
            int[] targets = [1, 1];
            Assert.False(float.IsFinite(Forward(Device, logits, targets)[0]), $"loss with {bad} at {place}");
            (float[] losses, float[] gradient) = ForwardBackward(Device, logits, targets);
            Assert.False(float.IsFinite(losses[0]), $"loss with {bad} at {place}");
            Assert.All(gradient[..Vocabulary], value => Assert.False(float.IsFinite(value)));
            Assert.True(float.IsFinite(losses[1]));
        }
    }

    [Fact]
    public void A_row_left_out_has_no_loss_and_no_gradient_even_if_not_finite()
    {
        float[] logits = [float.NaN, 1, 2, 3, 4, 5];
        Assert.Equal(0, Forward(Device, logits, [-1, 0])[0]);
        (float[] losses, float[] gradient) = ForwardBackward(Device, logits, [-1, 0]);
        Assert.Equal(0, losses[0]);
        Assert.Equal([0, 0, 0], gradient[..3]);
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_nor_on_the_threads()
    {
        int rows = RungDevices.AtMost(rung, 7, 140);
        const int Vocabulary = 259;
        var inputs = new Inputs(14);
        float[] logits = inputs.Normal(rows * Vocabulary);
        int[] targets = inputs.Integers(rows, 0, Vocabulary);
        (float[] losses, float[] gradient) = ForwardBackward(Device, logits, targets);
        (float[] lastLoss, float[] lastGradient) = ForwardBackward(Device, logits[((rows - 1) * Vocabulary)..], targets[(rows - 1)..]);
        Bits.AssertEqual(losses.AsSpan(rows - 1), lastLoss, "last loss alone");
        Bits.AssertEqual(gradient.AsSpan((rows - 1) * Vocabulary), lastGradient, "last gradient alone");
        (float[] losses1, float[] gradient1) = ForwardBackward(RungDevices.Other(rung), logits, targets);
        Bits.AssertEqual(losses, losses1, "losses on one thread");
        Bits.AssertEqual(gradient, gradient1, "gradient on one thread");
        Bits.AssertEqual(losses, Forward(Device, logits, targets), "losses of the forward pass");
    }

    /// <summary>What starts off a multiple of sixteen bytes cannot be taken sixteen bytes at a time.</summary>
    [Fact]
    public void Rows_may_start_anywhere()
    {
        const int Vocabulary = 1028;
        var inputs = new Inputs(15);
        float[] logits = inputs.Normal(2 * Vocabulary, 4);
        int[] targets = [0, Vocabulary - 1];
        using var memory = new TestMemory(Device);
        Tensor<float> losses = memory.Poisoned(1, 2);
        Tensor<T> gradient = memory.PoisonedOf<T>(1, (2 * Vocabulary) + 1).Stretch(1, 2 * Vocabulary).Reshape(2, Vocabulary);
        CrossEntropy.Create<T>(Device, rung).ForwardBackward(losses, gradient, memory.Input(logits, 2, Vocabulary), memory.Input(targets, 1, 2), Scale);
        LossTolerance.AssertClose(CrossEntropyReference.Losses(logits.ToDoubles(), targets), losses.ToArray(), "losses");
        Elements.After<T>(GradientTolerance).AssertClose(
            CrossEntropyReference.Gradient(logits.ToDoubles(), targets, Scale), Elements.ToSingles(gradient.ToArray()), "gradient");
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = CrossEntropy.Create<T>(Device, rung);
        Tensor<float> logits = memory.Poisoned(3, 8);
        Tensor<int> targets = memory.Allocate<int>(1, 3);
        Assert.Throws<ArgumentException>(() => op.Forward(memory.Poisoned(1, 2), logits, targets));
        Assert.Throws<ArgumentException>(() => op.ForwardBackward(memory.Poisoned(1, 3), memory.PoisonedOf<T>(3, 8), logits, memory.Allocate<int>(1, 4), Scale));
        Assert.Throws<ArgumentOutOfRangeException>(() => op.ForwardBackward(memory.Poisoned(1, 3), memory.PoisonedOf<T>(3, 8), logits, targets, Scale, -1));
    }

    private Device Device => RungDevices.Usual(rung);

    private float[] Forward(Device device, float[] logits, int[] targets)
    {
        using var memory = new TestMemory(device);
        Tensor<float> losses = memory.Poisoned(1, targets.Length);
        CrossEntropy.Create<T>(device, rung).Forward(losses, memory.Input(logits, targets.Length, logits.Length / targets.Length), memory.Input(targets, 1, targets.Length));
        return losses.ToArray();
    }

    private (float[] Losses, float[] Gradient) ForwardBackward(Device device, float[] logits, int[] targets, float zLoss = 0)
    {
        using var memory = new TestMemory(device);
        Tensor<float> losses = memory.Poisoned(1, targets.Length);
        int vocabulary = logits.Length / targets.Length;
        Tensor<float> input = memory.Input(logits, targets.Length, vocabulary);
        Tensor<T> gradient = input is Tensor<T> itself ? itself : memory.PoisonedOf<T>(targets.Length, vocabulary);
        CrossEntropy.Create<T>(device, rung).ForwardBackward(losses, gradient, input, memory.Input(targets, 1, targets.Length), Scale, zLoss);
        return (losses.ToArray(), Elements.ToSingles(gradient.ToArray()));
    }
}

/// <summary>What the tests of all elements run with.</summary>
public static class CrossEntropyShapes
{
    /// <summary>rows, vocabulary, seed: around the 16-lane vectors, the 1024-element sums, one row a tile and many.</summary>
    public static TheoryData<int, int, int> All => new()
    {
        { 1, 1, 1 }, { 3, 2, 2 }, { 5, 15, 3 }, { 4, 16, 4 }, { 9, 17, 5 }, { 130, 257, 6 }, { 2, 1023, 7 }, { 2, 1024, 8 }, { 3, 1025, 9 }, { 2, 50257, 10 }, { 2, 128256, 11 },
    };
}

public sealed class CrossEntropyNaiveTests() : CrossEntropyTests<float>(Rung.Naive);

public sealed class CrossEntropyNaiveBFloat16Tests() : CrossEntropyTests<BFloat16>(Rung.Naive);

public sealed class CrossEntropyCpuTests() : CrossEntropyTests<float>(Rung.Cpu);

public sealed class CrossEntropyGpuTests() : CrossEntropyTests<float>(Rung.Gpu);

public sealed class CrossEntropyGpuBFloat16Tests() : CrossEntropyTests<BFloat16>(Rung.Gpu);

public sealed class CrossEntropyReferenceTests
{
    [Fact]
    public void The_reference_gradient_is_the_derivative()
    {
        double[] logits = new Inputs(51).Normal(3 * 5).ToDoubles();
        int[] targets = [4, -1, 0];
        double[] gradient = CrossEntropyReference.Gradient(logits, targets, .25);
        NumericGradient.AssertMatches(at => .25 * CrossEntropyReference.Losses(at, targets).Sum(), logits, gradient, "logits");
        double[] withZLoss = CrossEntropyReference.Gradient(logits, targets, .25, .3);
        NumericGradient.AssertMatches(at => .25 * (CrossEntropyReference.Losses(at, targets).Sum() + (.3 * CrossEntropyReference.LogPartitions(at, targets).Sum(z => z * z))), logits, withZLoss, "logits with z-loss");
    }
}
