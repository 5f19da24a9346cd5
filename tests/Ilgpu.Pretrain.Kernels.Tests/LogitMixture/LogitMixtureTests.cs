namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The cross-entropy of weighted logits and its derivatives against fp64, one thin class a rung below.</summary>
public abstract class LogitMixtureTests(Rung rung)
{
    /// <summary>A weighted sum of logits near 60 is rounded by 4e-6, and the loss is a difference of two such.</summary>
    private static readonly Tolerance LossTolerance = new(8e-6, 1e-6);

    /// <summary>Probabilities off by the mixture's rounding, a relative 4e-6, times logits that differ by up to 30.</summary>
    private static readonly Tolerance GradientTolerance = new(5e-5, 1e-5);

    /// <summary>The same times the square of such differences, of which the likely columns have few.</summary>
    private static readonly Tolerance CurvatureTolerance = new(3e-4, 3e-5);

    /// <summary>rows, vocabulary, members, seed: around the 16-lane vectors, the 1024-element sums, and the four others of a reading.</summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 2, 1 }, { 3, 2, 9, 2 }, { 5, 15, 4, 3 }, { 4, 16, 1, 4 }, { 9, 17, 5, 5 }, { 130, 257, 3, 6 }, { 17, 1000, 6, 7 }, { 2, 1024, 2, 8 }, { 3, 1027, 5, 9 }, { 2, 20011, 3, 10 },
    };

    private static readonly int[] Places = [0, 82, 40];

    private Device Device => RungDevices.Usual(rung);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Losses_gradients_and_curvatures_equal_the_fp64_reference(int rows, int vocabulary, int members, int seed)
    {
        var inputs = new Inputs(seed);
        rows = RungDevices.AtMost(rung, 2, rows);
        int[] targets = inputs.Integers(rows, 0, vocabulary);
        if (rows > 2)
            targets[1] = -1;
        float[][] logits = [.. Enumerable.Range(0, members).Select(_ => inputs.Normal(rows * vocabulary, 4))];
        AssertEqualReference(logits, Simplex(inputs, members), targets);
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-1e4f)]
    public void Large_logits_do_not_overflow(float shift)
    {
        var inputs = new Inputs(30);
        // Integers, and weights that are powers of two: sums are exact in fp32 at this size.
        float[][] members = [.. Enumerable.Range(0, 2).Select(_ => Array.ConvertAll(inputs.Integers(100, -8, 8), value => value + shift))];
        AssertEqualReference(members, [.25f, .75f], [0, 49]);
    }

    [Fact]
    public void A_weight_of_one_alone_gives_the_members_cross_entropy()
    {
        var inputs = new Inputs(31);
        float[][] members = [.. Enumerable.Range(0, 3).Select(_ => inputs.Normal(2 * 83, 4))];
        LogitMixtureRun run = LogitMixtureRun.Of(Device, rung, members, [0, 1, 0], [3, 82]);
        using var memory = new TestMemory(Device);
        Tensor<float> losses = memory.Poisoned(1, 2);
        CrossEntropy.Create<float>(Device, rung).Forward(losses, memory.Input(members[1], 2, 83), memory.Input<int>([3, 82], 1, 2));
        Bits.AssertEqual(losses.ToArray(), run.Losses, "losses of the one member");
    }

    [Fact]
    public void A_row_left_out_is_zero_even_if_not_finite()
    {
        float[] first = [float.NaN, 1, 2, 3, 4, 5];
        LogitMixtureRun run = LogitMixtureRun.Of(Device, rung, [first, [.. first.Reverse()]], [.5f, .5f], [-1, -1]);
        Assert.All(run.Losses.Concat(run.Gradients).Concat(run.Curvatures), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_not_finite_shows_in_its_row_alone(float bad)
    {
        foreach (int place in Places.Take(RungDevices.AtMost(rung, 2, 3)))
        {
            var inputs = new Inputs(33);
            float[][] members = [.. Enumerable.Range(0, 2).Select(_ => inputs.Normal(2 * 83))];
            members[1][place] = bad;
            LogitMixtureRun run = LogitMixtureRun.Of(Device, rung, members, [.5f, .5f], [1, 1]);
            Assert.True(float.IsNaN(run.Losses[0]), $"loss with {bad} at {place}");
            Assert.All(run.Gradients[..2], value => Assert.True(float.IsNaN(value), $"gradient with {bad} at {place}"));
            Assert.All(run.Curvatures[..3], value => Assert.True(float.IsNaN(value), $"curvature with {bad} at {place}"));
            Assert.All(run.Gradients[2..].Concat(run.Curvatures[3..]).Append(run.Losses[1]), value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_nor_on_the_threads()
    {
        int rows = RungDevices.AtMost(rung, 3, 140);
        const int Vocabulary = 259;
        var inputs = new Inputs(34);
        float[][] members = [.. Enumerable.Range(0, 3).Select(_ => inputs.Normal(rows * Vocabulary, 4))];
        float[] weights = Simplex(inputs, 3);
        int[] targets = inputs.Integers(rows, -1, Vocabulary);
        targets[rows - 1] = 5;
        LogitMixtureRun run = LogitMixtureRun.Of(Device, rung, members, weights, targets);
        run.AssertEqual(LogitMixtureRun.Of(RungDevices.Other(rung), rung, members, weights, targets), "one thread");
        float[][] lastRows = Array.ConvertAll(members, member => member[((rows - 1) * Vocabulary)..]);
        run.AssertEqual(LogitMixtureRun.Of(Device, rung, lastRows, weights, targets[(rows - 1)..]), "last row alone", rows - 1);
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = LogitMixture.Create(Device, rung);
        Tensor<float> losses = memory.Poisoned(1, 3);
        Tensor<float> gradients = memory.Poisoned(3, 2);
        Tensor<float> curvatures = memory.Poisoned(3, 3);
        Tensor<float> mixture = memory.Poisoned(3, 8);
        Tensor<float> logits = memory.Poisoned(6, 8);
        Tensor<float> weights = memory.Poisoned(1, 2);
        Tensor<int> targets = memory.Allocate<int>(1, 3);
        Assert.Throws<ArgumentException>(() => op.Evaluate(memory.Poisoned(1, 2), gradients, curvatures, mixture, logits, weights, targets));
        Assert.Throws<ArgumentException>(() => op.Evaluate(losses, curvatures, curvatures, mixture, logits, weights, targets));
        Assert.Throws<ArgumentException>(() => op.Evaluate(losses, gradients, gradients, mixture, logits, weights, targets));
        Assert.Throws<ArgumentException>(() => op.Evaluate(losses, gradients, curvatures, memory.Poisoned(3, 7), logits, weights, targets));
        Assert.Throws<ArgumentException>(() => op.Evaluate(losses, gradients, curvatures, mixture, mixture, weights, targets));
        Assert.Throws<ArgumentException>(() => op.Evaluate(losses, gradients, curvatures, mixture, logits, losses, targets));
        Assert.Throws<ArgumentException>(() => op.Evaluate(losses, gradients, curvatures, mixture, logits, weights, memory.Allocate<int>(1, 4)));
    }

    /// <summary>Weights above 0 that sum to 1.</summary>
    private static float[] Simplex(Inputs inputs, int count)
    {
        float[] drawn = inputs.Uniform(count, .1, 1);
        return [.. drawn.Select(value => value / drawn.Sum())];
    }

    private void AssertEqualReference(float[][] members, float[] weights, int[] targets)
    {
        LogitMixtureRun run = LogitMixtureRun.Of(Device, rung, members, weights, targets);
        double[][] exact = Array.ConvertAll(members, member => member.ToDoubles());
        int vocabulary = members[0].Length / targets.Length;
        int pairs = LogitMixture.Pairs(members.Length);
        for (int row = 0; row < targets.Length; row++)
        {
            double[][] ofRow = Array.ConvertAll(exact, member => member[(row * vocabulary)..((row + 1) * vocabulary)]);
            (double loss, double[] gradient, double[] curvature) = LogitMixtureReference.OfRow(ofRow, weights.ToDoubles(), targets[row]);
            string what = $"row {row} of {targets.Length} x {vocabulary}, {members.Length} members";
            LossTolerance.AssertClose([loss], run.Losses.AsSpan(row, 1), $"loss, {what}");
            GradientTolerance.AssertClose(gradient, run.Gradients.AsSpan(row * members.Length, members.Length), $"gradient, {what}");
            CurvatureTolerance.AssertClose(curvature, run.Curvatures.AsSpan(row * pairs, pairs), $"curvature, {what}");
        }
    }
}

public sealed class LogitMixtureNaiveTests() : LogitMixtureTests(Rung.Naive);

public sealed class LogitMixtureCpuTests() : LogitMixtureTests(Rung.Cpu);

public sealed class LogitMixtureGpuTests() : LogitMixtureTests(Rung.Gpu);
