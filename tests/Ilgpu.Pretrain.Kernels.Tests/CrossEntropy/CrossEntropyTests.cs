namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Softmax cross-entropy against fp64, one thin class a rung below.</summary>
public abstract class CrossEntropyTests(Rung rung)
{
    private const float Scale = 1f / 7;

    /// <summary>fp32 exponentials of 2 ulp, whose errors average out in the sum: 1e-6 of the loss; absolute for losses near zero, where 1 + small rounds in fp32 lanes.</summary>
    private static readonly Tolerance LossTolerance = new(5e-7, 1e-6);

    /// <summary>A probability is the quotient of two numbers that good, and its argument was rounded at the size of the logits.</summary>
    private static readonly Tolerance GradientTolerance = new(2e-7 * Scale, 4e-6);

    /// <summary>rows, vocabulary, seed: around the 16-lane vectors, the 1024-element sums, one row a tile and many.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 3, 2, 2 }, { 5, 15, 3 }, { 4, 16, 4 }, { 9, 17, 5 }, { 130, 257, 6 }, { 2, 1023, 7 }, { 2, 1024, 8 }, { 3, 1025, 9 }, { 2, 50257, 10 }, { 2, 128256, 11 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Losses_and_gradient_equal_the_fp64_reference(int rows, int vocabulary, int seed)
    {
        var inputs = new Inputs(seed);
        float[] logits = inputs.Normal(rows * vocabulary, 4);
        int[] targets = inputs.Integers(rows, 0, vocabulary);
        if (rows > 2)
            targets[1] = -1;
        double[] losses = CrossEntropyReference.Losses(logits.ToDoubles(), targets);
        double[] gradient = CrossEntropyReference.Gradient(logits.ToDoubles(), targets, Scale);
        LossTolerance.AssertClose(losses, Forward(TestDevices.Cpu, logits, targets), "losses of the forward pass");
        (float[] actualLosses, float[] actualGradient) = ForwardBackward(TestDevices.Cpu, logits, targets);
        LossTolerance.AssertClose(losses, actualLosses, "losses");
        GradientTolerance.AssertClose(gradient, actualGradient, "gradient");
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-1e4f)]
    public void Large_logits_do_not_overflow(float shift)
    {
        float[] logits = Array.ConvertAll(new Inputs(12).Integers(100, -8, 8), value => value + shift);
        int[] targets = [0, 49];
        LossTolerance.AssertClose(CrossEntropyReference.Losses(logits.ToDoubles(), targets), Forward(TestDevices.Cpu, logits, targets), "losses");
        (_, float[] gradient) = ForwardBackward(TestDevices.Cpu, logits, targets);
        GradientTolerance.AssertClose(CrossEntropyReference.Gradient(logits.ToDoubles(), targets, Scale), gradient, "gradient");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_not_finite_shows_in_loss_and_gradient(float bad)
    {
        const int Vocabulary = 83;
        foreach (int place in new[] { 0, 1, 15, 16, 79, 80, 82 })
        {
            float[] logits = new Inputs(13).Normal(2 * Vocabulary);
            logits[place] = bad;
            int[] targets = [1, 1];
            Assert.False(float.IsFinite(Forward(TestDevices.Cpu, logits, targets)[0]), $"loss with {bad} at {place}");
            (float[] losses, float[] gradient) = ForwardBackward(TestDevices.Cpu, logits, targets);
            Assert.False(float.IsFinite(losses[0]), $"loss with {bad} at {place}");
            Assert.All(gradient[..Vocabulary], value => Assert.False(float.IsFinite(value)));
            Assert.True(float.IsFinite(losses[1]));
        }
    }

    [Fact]
    public void A_row_left_out_has_no_loss_and_no_gradient_even_if_not_finite()
    {
        float[] logits = [float.NaN, 1, 2, 3, 4, 5];
        Assert.Equal(0, Forward(TestDevices.Cpu, logits, [-1, 0])[0]);
        (float[] losses, float[] gradient) = ForwardBackward(TestDevices.Cpu, logits, [-1, 0]);
        Assert.Equal(0, losses[0]);
        Assert.Equal([0, 0, 0], gradient[..3]);
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_nor_on_the_threads()
    {
        const int Rows = 140;
        const int Vocabulary = 259;
        var inputs = new Inputs(14);
        float[] logits = inputs.Normal(Rows * Vocabulary);
        int[] targets = inputs.Integers(Rows, 0, Vocabulary);
        (float[] losses, float[] gradient) = ForwardBackward(TestDevices.Cpu, logits, targets);
        (float[] lastLoss, float[] lastGradient) = ForwardBackward(TestDevices.Cpu, logits[((Rows - 1) * Vocabulary)..], targets[(Rows - 1)..]);
        Bits.AssertEqual(losses.AsSpan(Rows - 1), lastLoss, "last loss alone");
        Bits.AssertEqual(gradient.AsSpan((Rows - 1) * Vocabulary), lastGradient, "last gradient alone");
        (float[] losses1, float[] gradient1) = ForwardBackward(TestDevices.CpuWithThreads(1), logits, targets);
        Bits.AssertEqual(losses, losses1, "losses on one thread");
        Bits.AssertEqual(gradient, gradient1, "gradient on one thread");
        Bits.AssertEqual(losses, Forward(TestDevices.Cpu, logits, targets), "losses of the forward pass");
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var memory = new TestMemory(TestDevices.Cpu);
        var op = CrossEntropy.Create<float>(TestDevices.Cpu, rung);
        Tensor<float> logits = memory.Poisoned(3, 8);
        Tensor<int> targets = memory.Allocate<int>(1, 3);
        Assert.Throws<ArgumentException>(() => op.Forward(memory.Poisoned(1, 2), logits, targets));
        Assert.Throws<ArgumentException>(() => op.ForwardBackward(memory.Poisoned(1, 3), logits, logits, memory.Allocate<int>(1, 4), Scale));
    }

    private float[] Forward(Device device, float[] logits, int[] targets)
    {
        using var memory = new TestMemory(device);
        Tensor<float> losses = memory.Poisoned(1, targets.Length);
        CrossEntropy.Create<float>(device, rung).Forward(losses, memory.Input(logits, targets.Length, logits.Length / targets.Length), memory.Input(targets, 1, targets.Length));
        return losses.ToArray();
    }

    private (float[] Losses, float[] Gradient) ForwardBackward(Device device, float[] logits, int[] targets)
    {
        using var memory = new TestMemory(device);
        Tensor<float> losses = memory.Poisoned(1, targets.Length);
        Tensor<float> gradient = memory.Input(logits, targets.Length, logits.Length / targets.Length);
        CrossEntropy.Create<float>(device, rung).ForwardBackward(losses, gradient, gradient, memory.Input(targets, 1, targets.Length), Scale);
        return (losses.ToArray(), gradient.ToArray());
    }
}

public sealed class CrossEntropyNaiveTests() : CrossEntropyTests(Rung.Naive);

public sealed class CrossEntropyCpuTests() : CrossEntropyTests(Rung.Cpu);

public sealed class CrossEntropyReferenceTests
{
    [Fact]
    public void The_reference_gradient_is_the_derivative()
    {
        double[] logits = new Inputs(51).Normal(3 * 5).ToDoubles();
        int[] targets = [4, -1, 0];
        double[] gradient = CrossEntropyReference.Gradient(logits, targets, .25);
        NumericGradient.AssertMatches(at => .25 * CrossEntropyReference.Losses(at, targets).Sum(), logits, gradient, "logits");
    }
}
