namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The average of an ensemble's logits for generation against fp64, one thin class a rung below.</summary>
public abstract class EnsembleLogitsTests(Rung rung)
{
    /// <summary>Of a row of 83: its ends, and around the 16 lanes.</summary>
    private static readonly int[] Places = [0, 82, 80, 15, 16];

    /// <summary>Sums of nine logits near 60 are rounded by 2e-6 each time, and their mean by a ninth of what gathers.</summary>
    private static readonly Tolerance LogitsTolerance = new(2e-6, 2e-7);

    /// <summary>
    /// A member's logarithm and the mean's are rounded at their size, 2^-24 of it each; exponential, logarithm and sums of nine
    /// add a dozen roundings of numbers near one.
    /// </summary>
    private static readonly Tolerance LogProbabilitiesTolerance = new(1e-6, 2e-7);

    /// <summary>rows, vocabulary, members, seed: around the 16-lane vectors and the tiles of 16384 elements.</summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 2, 1 }, { 3, 2, 9, 2 }, { 5, 15, 4, 3 }, { 4, 16, 1, 4 }, { 9, 17, 9, 5 }, { 33, 1000, 3, 6 }, { 2, 8192, 2, 7 }, { 1, 16385, 2, 8 }, { 3, 50257, 4, 9 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Averages_equal_the_fp64_reference(int rows, int vocabulary, int members, int seed) =>
        AssertEqualReference(
            Normal(new Inputs(seed), RungDevices.AtMost(rung, 2, rows) * vocabulary, RungDevices.AtMost(rung, 3, members)), RungDevices.AtMost(rung, 2, rows));

    [Theory]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void Averages_of_random_shapes_equal_the_fp64_reference(int seed)
    {
        var inputs = new Inputs(seed);
        for (int draw = 0; draw < RungDevices.AtMost(rung, 1, 10); draw++)
        {
            int rows = RungDevices.AtMost(rung, 3, inputs.Integers(1, 1, 20)[0]);
            AssertEqualReference(Normal(inputs, rows * inputs.Integers(1, 1, 2100)[0], RungDevices.AtMost(rung, 3, inputs.Integers(1, 1, 10)[0])), rows);
        }
    }

    [Fact]
    public void Weighted_averages_equal_the_fp64_reference()
    {
        float[] weights = [.25f, 2.25f, .5f];
        double[] shares = [.. weights.Select(weight => weight / 3.0)];
        foreach ((int rows, int vocabulary) in new[] { (2, 15), (1, 16), (2, 1027) })
        {
            float[][] members = Normal(new Inputs(40), rows * vocabulary, 3);
            double[][] exact = Array.ConvertAll(members, member => member.ToDoubles());
            string shape = $"{rows} x {vocabulary}";
            LogitsTolerance.AssertClose(EnsembleLogitsReference.MeanLogits(exact, shares), Average(Device, EnsembleAveraging.Logits, members, rows, weights), $"weighted logits, {shape}");
            LogProbabilitiesTolerance.AssertClose(EnsembleLogitsReference.LogMeanProbabilities(exact, rows, shares), Average(Device, EnsembleAveraging.Probabilities, members, rows, weights), $"weighted probabilities, {shape}");
        }
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-1e4f)]
    public void Large_logits_do_not_overflow(float shift)
    {
        var inputs = new Inputs(30);
        AssertEqualReference([.. Enumerable.Range(0, 9).Select(_ => Array.ConvertAll(inputs.Integers(100, -8, 8), value => value + shift))], 2);
    }

    [Fact]
    public void A_probability_of_zero_becomes_the_lowest_finite_number_and_one_member_suffices_to_lift_it()
    {
        float[] certain = [500, 0, 100, 0, 450];
        float[] other = [0, 0, -50, -90, -60];
        AssertEqualReference([certain], 1);
        AssertEqualReference([certain, other], 1);
        AssertEqualReference([certain, certain, other], 1);
        float[] average = Average(Device, EnsembleAveraging.Probabilities, [certain, other], 1);
        Assert.Equal(float.MinValue, average[3]);
        Assert.All(average, value => Assert.True(float.IsFinite(value)));
    }

    /// <summary>Sequences are generated from what was evaluated.</summary>
    [Fact]
    public void The_averages_have_the_losses_that_EnsembleCrossEntropy_gives()
    {
        const int Rows = 7;
        const int Vocabulary = 211;
        var inputs = new Inputs(31);
        float[][] members = Normal(inputs, Rows * Vocabulary, 4);
        int[] targets = inputs.Integers(Rows, 0, Vocabulary);
        EnsembleRun run = EnsembleRun.Of(Device, rung, members, targets);
        double[] logits = Average(Device, EnsembleAveraging.Logits, members, Rows).ToDoubles();
        new Tolerance(2e-6, 1e-6).AssertClose(EnsembleCrossEntropyReference.MemberLosses(logits, targets), run.LogitAverage[^1], "logit average");
        float[] logProbabilities = Average(Device, EnsembleAveraging.Probabilities, members, Rows);
        double[] losses = [.. targets.Select((target, row) => -(double)logProbabilities[(row * Vocabulary) + target])];
        new Tolerance(2e-6, 1e-6).AssertClose(losses, run.ProbabilityAverage[^1], "probability average");
    }

    [Fact]
    public void The_logits_of_one_member_stay_as_they_are()
    {
        float[] logits = new Inputs(32).Normal(3 * 37);
        Bits.AssertEqual(logits, Average(Device, EnsembleAveraging.Logits, [logits], 3), "one member");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_not_finite_shows(float bad)
    {
        const int Vocabulary = 83;
        foreach (int place in Places.Take(RungDevices.AtMost(rung, 2, 5)))
        {
            float[][] members = Normal(new Inputs(33), 2 * Vocabulary, 3);
            members[1][place] = bad;
            float[] logits = Average(Device, EnsembleAveraging.Logits, members, 2);
            Assert.Equal(bad, logits[place]);
            Assert.Equal(1, logits.Count(value => !float.IsFinite(value)));
            float[] logProbabilities = Average(Device, EnsembleAveraging.Probabilities, members, 2);
            Assert.All(logProbabilities[..Vocabulary], value => Assert.True(float.IsNaN(value)));
            Assert.All(logProbabilities[Vocabulary..], value => Assert.True(float.IsFinite(value)));
        }
    }

    [Theory]
    [InlineData(EnsembleAveraging.Logits)]
    [InlineData(EnsembleAveraging.Probabilities)]
    public void A_row_does_not_depend_on_the_others_nor_on_the_threads(EnsembleAveraging averaging)
    {
        int rows = RungDevices.AtMost(rung, 5, 140);
        const int Vocabulary = 259;
        float[][] members = Normal(new Inputs(34), rows * Vocabulary, 3);
        float[] average = Average(Device, averaging, members, rows);
        Bits.AssertEqual(average, Average(RungDevices.Other(rung), averaging, members, rows), "one thread");
        float[][] lastRows = Array.ConvertAll(members, member => member[((rows - 1) * Vocabulary)..]);
        Bits.AssertEqual(average.AsSpan((rows - 1) * Vocabulary), Average(Device, averaging, lastRows, 1), "last row alone");
    }

    [Fact]
    public void Wrong_shapes_members_and_averages_are_refused()
    {
        using var memory = new TestMemory(Device);
        Tensor<float> sum = memory.Poisoned(3, 8);
        Tensor<float> empty = new(sum.View.SubView(0, 0), 3, 0);
        foreach (EnsembleAveraging averaging in Enum.GetValues<EnsembleAveraging>())
        {
            var op = EnsembleLogits.Create(Device, averaging, rung);
            Assert.Equal(averaging, op.Averaging);
            Assert.Throws<ArgumentException>(() => op.Accumulate(sum, memory.Poisoned(3, 7), 1));
            Assert.Throws<ArgumentException>(() => op.Accumulate(sum, memory.Poisoned(2, 8), 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => op.Accumulate(sum, memory.Poisoned(3, 8), 0));
            Assert.Throws<ArgumentOutOfRangeException>(() => op.Accumulate(empty, empty, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => op.Finish(sum, 0));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => EnsembleLogits.Create(Device, (EnsembleAveraging)2, rung));
    }

    private Device Device => RungDevices.Usual(rung);

    private static float[][] Normal(Inputs inputs, int count, int members) =>
        [.. Enumerable.Range(0, members).Select(_ => inputs.Normal(count, 4))];

    private void AssertEqualReference(float[][] members, int rows)
    {
        double[][] exact = Array.ConvertAll(members, member => member.ToDoubles());
        string shape = $"{rows} x {members[0].Length / rows}, {members.Length} members";
        LogitsTolerance.AssertClose(EnsembleLogitsReference.MeanLogits(exact), Average(Device, EnsembleAveraging.Logits, members, rows), $"mean logits, {shape}");
        LogProbabilitiesTolerance.AssertClose(EnsembleLogitsReference.LogMeanProbabilities(exact, rows), Average(Device, EnsembleAveraging.Probabilities, members, rows), $"log probabilities, {shape}");
    }

    private float[] Average(Device device, EnsembleAveraging averaging, float[][] members, int rows, float[]? weights = null)
    {
        using var memory = new TestMemory(device);
        int vocabulary = members[0].Length / rows;
        Tensor<float> sum = memory.Poisoned(rows, vocabulary);
        var op = EnsembleLogits.Create(device, averaging, rung);
        for (int member = 1; member <= members.Length; member++)
            op.Accumulate(sum, memory.Input(members[member - 1], rows, vocabulary), member, weights?[member - 1] ?? 1);
        op.Finish(sum, members.Length);
        return sum.ToArray();
    }
}

public sealed class EnsembleLogitsNaiveTests() : EnsembleLogitsTests(Rung.Naive);

public sealed class EnsembleLogitsCpuTests() : EnsembleLogitsTests(Rung.Cpu);

public sealed class EnsembleLogitsGpuTests() : EnsembleLogitsTests(Rung.Gpu);
