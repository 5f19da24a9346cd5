namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Learning from soft labels against fp64, one thin class a rung below.</summary>
public abstract class DistillationCrossEntropyTests<T>(Rung rung)
    where T : unmanaged
{
    private const float Scale = 1f / 7;

    /// <summary>Of the NanoGPT slowrun's records.</summary>
    private static readonly SoftTargetMix Usual = new(.45, 1.2);

    /// <summary>Of a row of 83: its ends, and around the 16 lanes.</summary>
    private static readonly int[] Places = [0, 82, 80, 1, 15, 16, 79];

    private static readonly double[] Temperatures = [.5, 10, 1.2];

    /// <summary>As for <see cref="CrossEntropy"/>.</summary>
    private static readonly Tolerance LossTolerance = new(5e-7, 1e-6);

    /// <summary>
    /// A mean of differences of exponents, each rounded at the size of the exponents, of which the two logarithms' difference
    /// is taken: the roundings of numbers near 20 where the divergence itself is small, a few of its own where it is large.
    /// </summary>
    private static readonly Tolerance DivergenceTolerance = new(3e-6, 2e-6);

    /// <summary>As for <see cref="CrossEntropy"/>, for three probabilities, two of which are weighted by the temperature.</summary>
    private static Tolerance GradientTolerance(SoftTargetMix mix) => new(3e-7 * Scale * Math.Max(1, mix.Temperature), 6e-6);

    [Theory]
    [MemberData(nameof(CrossEntropyShapes.All), MemberType = typeof(CrossEntropyShapes))]
    public void Losses_and_gradient_equal_the_fp64_reference(int rows, int vocabulary, int seed)
    {
        rows = RungDevices.AtMost(rung, vocabulary > 2000 ? 1 : 4, rows);
        var inputs = new Inputs(seed);
        float[] logits = inputs.Normal(rows * vocabulary, 4);
        float[] teacher = inputs.Normal(rows * vocabulary, 4);
        int[] targets = inputs.Integers(rows, 0, vocabulary);
        if (rows > 2)
            targets[1] = -1;
        AssertEqualReference(logits, teacher, targets, Usual);
    }

    [Theory]
    [InlineData(.5, .5)]
    [InlineData(.5, 1)]
    [InlineData(.3, 2)]
    [InlineData(.9, 10)]
    [InlineData(0, 1.2)]
    [InlineData(1, 1.2)]
    [InlineData(1, 10)]
    [InlineData(1, .5)]
    public void Every_mix_and_temperature_equals_the_fp64_reference(double alpha, double temperature)
    {
        var inputs = new Inputs(60);
        AssertEqualReference(inputs.Normal(4 * 259, 4), inputs.Normal(4 * 259, 4), [0, 258, -1, 100], new SoftTargetMix(alpha, temperature));
    }

    [Theory]
    [InlineData(1e4f, 0)]
    [InlineData(-1e4f, 0)]
    [InlineData(0, 1e4f)]
    [InlineData(-1e4f, 1e4f)]
    public void Large_logits_do_not_overflow(float shift, float teacherShift)
    {
        var inputs = new Inputs(12);
        float[] logits = Array.ConvertAll(inputs.Integers(100, -8, 8), value => value + shift);
        float[] teacher = Array.ConvertAll(inputs.Integers(100, -8, 8), value => value + teacherShift);
        foreach (double temperature in Temperatures.Take(RungDevices.AtMost(rung, 2, 3)))
            AssertEqualReference(logits, teacher, [0, 49], Usual with { Temperature = temperature });
    }

    /// <summary>One of both certain, or both of different words: divergences of hundreds and thousands of nats, and of none.</summary>
    [Theory]
    [InlineData(500, 0)]
    [InlineData(0, 500)]
    [InlineData(500, 500)]
    [InlineData(20000, 20000)]
    public void Certainty_neither_underflows_nor_divides_by_zero(float certain, float teacherCertain)
    {
        const int Vocabulary = 37;
        var logits = new float[2 * Vocabulary];
        var teacher = new float[2 * Vocabulary];
        logits[3] = logits[Vocabulary + 3] = certain;
        teacher[36] = teacher[Vocabulary + 3] = teacherCertain;
        foreach (double temperature in Temperatures.Take(RungDevices.AtMost(rung, 2, 3)))
            AssertEqualReference(logits, teacher, [3, 0], Usual with { Temperature = temperature });
    }

    /// <summary>The average of probabilities has the lowest finite number for the logarithm of 0.</summary>
    [Fact]
    public void A_teacher_that_rules_words_out_gives_them_no_weight()
    {
        var inputs = new Inputs(61);
        float[] logits = inputs.Normal(2 * 83, 4);
        float[] teacher = Array.ConvertAll(inputs.Normal(2 * 83, 4), value => value - 20);
        foreach (int place in Places)
            teacher[place] = float.MinValue;
        foreach (double temperature in Temperatures.Take(RungDevices.AtMost(rung, 2, 3)))
            AssertEqualReference(logits, teacher, [0, 82], Usual with { Temperature = temperature });
    }

    [Fact]
    public void Without_soft_labels_it_is_the_plain_cross_entropy()
    {
        int rows = RungDevices.AtMost(rung, 2, 21);
        const int Vocabulary = 1027;
        var inputs = new Inputs(62);
        float[] logits = inputs.Normal(rows * Vocabulary, 4);
        int[] targets = inputs.Integers(rows, -1, Vocabulary);
        Result soft = ForwardBackward(Device, logits, inputs.Normal(rows * Vocabulary, 4), targets, new SoftTargetMix(0, 1.2));
        using var memory = new TestMemory(Device);
        Tensor<float> losses = memory.Poisoned(1, rows);
        Tensor<T> gradient = memory.PoisonedOf<T>(rows, Vocabulary);
        CrossEntropy.Create<T>(Device, rung).ForwardBackward(losses, gradient, memory.Input(logits, rows, Vocabulary), memory.Input(targets, 1, rows), Scale);
        Bits.AssertEqual(losses.ToArray(), soft.CrossEntropies, "cross-entropies");
        Elements.After<T>(GradientTolerance(Usual)).AssertClose(Elements.ToSingles(gradient.ToArray()).ToDoubles(), soft.Gradient, "gradient");
    }

    [Fact]
    public void A_student_that_is_its_teacher_has_no_divergence_and_no_soft_gradient()
    {
        float[] logits = new Inputs(63).Normal(2 * 300, 4);
        Result result = ForwardBackward(Device, logits, logits, [7, 299], new SoftTargetMix(1, 2));
        DivergenceTolerance.AssertClose([0, 0], result.Divergences, "divergences");
        Assert.All(result.Divergences, divergence => Assert.True(divergence >= 0));
        GradientTolerance(new(1, 2)).AssertClose(new double[2 * 300], result.Gradient, "gradient");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_not_finite_shows_in_what_it_enters(float bad)
    {
        const int Vocabulary = 83;
        foreach (int place in Places.Take(RungDevices.AtMost(rung, 2, 7)))
        {
            foreach (bool ofTeacher in (bool[])[false, true])
            {
                var inputs = new Inputs(13);
                float[] logits = inputs.Normal(2 * Vocabulary);
                float[] teacher = inputs.Normal(2 * Vocabulary);
                (ofTeacher ? teacher : logits)[place] = bad;
                Result result = ForwardBackward(Device, logits, teacher, [1, 1], Usual);
                string what = $"{bad} at {place} of the {(ofTeacher ? "teacher" : "student")}";
                Assert.True(float.IsFinite(result.CrossEntropies[0]) == ofTeacher, what);
                Assert.False(float.IsFinite(result.Divergences[0]), what);
                Assert.All(result.Gradient[..Vocabulary], value => Assert.False(float.IsFinite(value), what));
                Assert.True(float.IsFinite(result.CrossEntropies[1]) && float.IsFinite(result.Divergences[1]), what);
                Assert.All(result.Gradient[Vocabulary..], value => Assert.True(float.IsFinite(value), what));
            }
        }
    }

    [Fact]
    public void A_row_left_out_has_no_losses_and_no_gradient_even_if_not_finite()
    {
        Result result = ForwardBackward(Device, [float.NaN, 1, 2, 3, 4, 5], [1, float.NaN, 2, 3, 5, 4], [-1, 0], Usual);
        Assert.Equal(0, result.CrossEntropies[0]);
        Assert.Equal(0, result.Divergences[0]);
        Assert.Equal([0, 0, 0], result.Gradient[..3]);
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_nor_on_the_threads()
    {
        int rows = RungDevices.AtMost(rung, 3, 140);
        const int Vocabulary = 259;
        var inputs = new Inputs(14);
        float[] logits = inputs.Normal(rows * Vocabulary);
        float[] teacher = inputs.Normal(rows * Vocabulary);
        int[] targets = inputs.Integers(rows, 0, Vocabulary);
        Result all = ForwardBackward(Device, logits, teacher, targets, Usual);
        int last = (rows - 1) * Vocabulary;
        Result alone = ForwardBackward(Device, logits[last..], teacher[last..], targets[(rows - 1)..], Usual);
        Bits.AssertEqual(all.CrossEntropies.AsSpan(rows - 1), alone.CrossEntropies, "last cross-entropy alone");
        Bits.AssertEqual(all.Divergences.AsSpan(rows - 1), alone.Divergences, "last divergence alone");
        Bits.AssertEqual(all.Gradient.AsSpan(last), alone.Gradient, "last gradient alone");
        Result oneThread = ForwardBackward(RungDevices.Other(rung), logits, teacher, targets, Usual);
        Bits.AssertEqual(all.CrossEntropies, oneThread.CrossEntropies, "cross-entropies on one thread");
        Bits.AssertEqual(all.Divergences, oneThread.Divergences, "divergences on one thread");
        Bits.AssertEqual(all.Gradient, oneThread.Gradient, "gradient on one thread");
    }

    /// <summary>What starts off a multiple of sixteen bytes cannot be taken sixteen bytes at a time.</summary>
    [Fact]
    public void Rows_may_start_anywhere()
    {
        const int Vocabulary = 1028;
        var inputs = new Inputs(15);
        float[] logits = inputs.Normal(2 * Vocabulary, 4);
        float[] teacher = inputs.Normal(2 * Vocabulary, 4);
        int[] targets = [0, Vocabulary - 1];
        using var memory = new TestMemory(Device);
        Tensor<float> crossEntropies = memory.Poisoned(1, 2);
        Tensor<float> divergences = memory.Poisoned(1, 2);
        Tensor<T> gradient = memory.PoisonedOf<T>(2, Vocabulary);
        Tensor<float> shifted = memory.Input([0, .. teacher], 1, (2 * Vocabulary) + 1).Stretch(1, 2 * Vocabulary).Reshape(2, Vocabulary);
        DistillationCrossEntropy.Create<T>(Device, rung).ForwardBackward(
            crossEntropies, divergences, gradient, memory.Input(logits, 2, Vocabulary), shifted, memory.Input(targets, 1, 2), Usual, Scale);
        AssertEqualReference(logits, teacher, targets, Usual, new(crossEntropies.ToArray(), divergences.ToArray(), Elements.ToSingles(gradient.ToArray())));
    }

    [Fact]
    public void Wrong_shapes_and_mixes_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = DistillationCrossEntropy.Create<T>(Device, rung);
        Tensor<float> logits = memory.Poisoned(3, 8);
        Tensor<float> losses = memory.Poisoned(1, 3);
        Tensor<float> fewer = memory.Poisoned(1, 2);
        Tensor<T> gradient = memory.PoisonedOf<T>(3, 8);
        Tensor<int> targets = memory.Allocate<int>(1, 3);
        Assert.Throws<ArgumentException>(() => op.ForwardBackward(fewer, losses, gradient, logits, logits, targets, Usual, Scale));
        Assert.Throws<ArgumentException>(() => op.ForwardBackward(losses, fewer, gradient, logits, logits, targets, Usual, Scale));
        Assert.Throws<ArgumentException>(() => op.ForwardBackward(losses, losses, memory.PoisonedOf<T>(3, 7), logits, logits, targets, Usual, Scale));
        Assert.Throws<ArgumentException>(() => op.ForwardBackward(losses, losses, gradient, logits, memory.Poisoned(3, 7), targets, Usual, Scale));
        Assert.Throws<ArgumentException>(() => op.ForwardBackward(losses, losses, gradient, logits, logits, memory.Allocate<int>(1, 4), Usual, Scale));
        SoftTargetMix[] wrong = [new(-.1, 1), new(1.1, 1), new(double.NaN, 1), new(.5, 0), new(.5, -1), new(.5, double.NaN), new(.5, double.PositiveInfinity)];
        foreach (SoftTargetMix mix in wrong)
            Assert.Throws<ArgumentOutOfRangeException>(() => op.ForwardBackward(losses, losses, gradient, logits, logits, targets, mix, Scale));
    }

    private Device Device => RungDevices.Usual(rung);

    private void AssertEqualReference(float[] logits, float[] teacher, int[] targets, SoftTargetMix mix) =>
        AssertEqualReference(logits, teacher, targets, mix, ForwardBackward(Device, logits, teacher, targets, mix));

    private static void AssertEqualReference(float[] logits, float[] teacher, int[] targets, SoftTargetMix mix, Result actual)
    {
        double[] exact = logits.ToDoubles();
        double[] exactTeacher = teacher.ToDoubles();
        string what = $"{targets.Length} x {logits.Length / targets.Length}, {mix}";
        LossTolerance.AssertClose(EnsembleCrossEntropyReference.MemberLosses(exact, targets), actual.CrossEntropies, $"cross-entropies, {what}");
        DivergenceTolerance.AssertClose(DistillationCrossEntropyReference.Divergences(exact, exactTeacher, targets, mix.Temperature), actual.Divergences, $"divergences, {what}");
        Elements.After<T>(GradientTolerance(mix)).AssertClose(
            DistillationCrossEntropyReference.Gradient(exact, exactTeacher, targets, mix, Scale), actual.Gradient, $"gradient, {what}");
    }

    /// <summary>In place where the gradient is fp32.</summary>
    private Result ForwardBackward(Device device, float[] logits, float[] teacher, int[] targets, SoftTargetMix mix)
    {
        using var memory = new TestMemory(device);
        int rows = targets.Length;
        int vocabulary = logits.Length / rows;
        Tensor<float> crossEntropies = memory.Poisoned(1, rows);
        Tensor<float> divergences = memory.Poisoned(1, rows);
        Tensor<float> input = memory.Input(logits, rows, vocabulary);
        Tensor<float> teacherInput = memory.Input(teacher, rows, vocabulary);
        Tensor<T> gradient = input is Tensor<T> itself ? itself : memory.PoisonedOf<T>(rows, vocabulary);
        DistillationCrossEntropy.Create<T>(device, rung).ForwardBackward(
            crossEntropies, divergences, gradient, input, teacherInput, memory.Input(targets, 1, rows), mix, Scale);
        Bits.AssertEqual(teacher, teacherInput.ToArray(), "the teacher's logits afterwards");
        return new Result(crossEntropies.ToArray(), divergences.ToArray(), Elements.ToSingles(gradient.ToArray()));
    }

    private sealed record Result(float[] CrossEntropies, float[] Divergences, float[] Gradient);
}

public sealed class DistillationCrossEntropyNaiveTests() : DistillationCrossEntropyTests<float>(Rung.Naive);

public sealed class DistillationCrossEntropyNaiveBFloat16Tests() : DistillationCrossEntropyTests<BFloat16>(Rung.Naive);

public sealed class DistillationCrossEntropyCpuTests() : DistillationCrossEntropyTests<float>(Rung.Cpu);

public sealed class DistillationCrossEntropyGpuTests() : DistillationCrossEntropyTests<float>(Rung.Gpu);

public sealed class DistillationCrossEntropyGpuBFloat16Tests() : DistillationCrossEntropyTests<BFloat16>(Rung.Gpu);
