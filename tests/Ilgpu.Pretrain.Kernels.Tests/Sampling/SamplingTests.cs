namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Drawn ids against the fp64 definition, one thin class a rung below.</summary>
public abstract class SamplingTests(Rung rung)
{
    /// <summary>Running sums of up to 50257 fp32 weights: an id may be drawn by a number that misses its stretch by so much.</summary>
    private const double Slack = 2e-6;

    private const ulong Seed = 0x9E3779B97F4A7C15;

    /// <summary>Of a row of 37: its ends, and past the 16 lanes.</summary>
    private static readonly int[] Places = [0, 20, 36];

    /// <summary>Rows, vocabulary, temperature, top-k, top-p: around vectors of 16, blocks of 256 and groups of 256 threads.</summary>
    public static TheoryData<int, int, double, int, double> Cases => new()
    {
        { 3, 1, 1, 0, 1 }, { 4, 2, 1, 1, .3 }, { 5, 15, 1, 0, 1 }, { 5, 16, .7, 5, 1 }, { 5, 17, 1, 0, .9 }, { 7, 255, 1.3, 40, .8 }, { 4, 257, 1, 0, .5 },
        { 3, 1000, 1, 1000, 1 }, { 3, 4099, 2, 999, 1 }, { 2, 50257, 1, 0, 1 }, { 2, 50257, .8, 200, .95 },
    };

    private Device Device => RungDevices.Usual(rung);

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_id_is_drawn_by_the_number_that_falls_on_it(int rows, int vocabulary, double temperature, int topK, double topP)
    {
        rows = RungDevices.AtMost(rung, 2, rows);
        var rule = new SamplingRule(temperature, topK, topP);
        float[] logits = new Inputs(vocabulary).Normal(rows * vocabulary, 2);
        int[] ids = Draw(Device, logits, rows, rule, new SamplingKey(Seed, 7, 3, 11));
        for (int row = 0; row < rows; row++)
        {
            double[] probabilities = SamplingReference.Probabilities(logits[(row * vocabulary)..((row + 1) * vocabulary)], rule);
            double uniform = SamplingReference.Uniform(Seed, 7 + (3 * (uint)row), 11);
            int id = ids[row];
            Assert.InRange(id, 0, vocabulary - 1);
            Assert.True(probabilities[id] > 0, $"id {id} of row {row} is not among those drawn from");
            double before = probabilities.Take(id).Sum();
            Assert.InRange(uniform, before - Slack, before + probabilities[id] + Slack);
        }
    }

    [Fact]
    public void Temperature_zero_takes_the_largest_and_of_equals_the_first() =>
        Assert.Equal([2, 1, 0], Draw(Device, [-1, 0, 3, 2, -1, 5, 5, 1, 0, -0f, 0, 0], 3, new SamplingRule(0, 0, 1), default));

    /// <summary>Equal logits: of those at the cut the first ids stay.</summary>
    [Fact]
    public void Of_equal_logits_the_first_are_kept()
    {
        float[] row = [1, 2, 1, 2, 1, 1, 0, -0f];
        int rows = RungDevices.AtMost(rung, 2, 64);
        float[] logits = [.. Enumerable.Repeat(row, rows).SelectMany(each => each)];
        AssertWithin([0, 1, 3], Draw(Device, logits, rows, new SamplingRule(1, 3, 1), new SamplingKey(1, 0, 1, 0)));
        // e^2 each for ids 1 and 3, e for four: 3/4 of the sum takes the second four's first two, as .85 of what four keep takes all.
        AssertWithin([0, 1, 2, 3], Draw(Device, logits, rows, new SamplingRule(1, 0, .73), new SamplingKey(1, 0, 1, 0)));
        AssertWithin([0, 1, 2, 3], Draw(Device, logits, rows, new SamplingRule(1, 4, .87), new SamplingKey(1, 0, 1, 0)));
        AssertWithin([1, 3], Draw(Device, logits, rows, new SamplingRule(1, 4, .7), new SamplingKey(1, 0, 1, 0)));
    }

    [Fact]
    public void What_has_no_probability_is_never_drawn()
    {
        int rows = RungDevices.AtMost(rung, 2, 100);
        float[] logits = [.. Enumerable.Repeat(new[] { float.NegativeInfinity, 0, -200, float.NegativeInfinity, 0 }, rows).SelectMany(each => each)];
        AssertWithin([1, 4], Draw(Device, logits, rows, new SamplingRule(1, 0, 1), new SamplingKey(0, 0, 1, 0)));
    }

    [Fact]
    public void A_row_that_cannot_be_drawn_from_gives_no_id()
    {
        const int Vocabulary = 37;
        float[] bad = [float.NaN, float.PositiveInfinity];
        foreach (int place in Places.Take(RungDevices.AtMost(rung, 2, 3)))
        {
            float[] logits = new Inputs(3).Normal(3 * Vocabulary);
            logits[place] = bad[0];
            logits[Vocabulary + place] = bad[1];
            int[] ids = Draw(Device, logits, 3, new SamplingRule(1, 0, 1), default);
            Assert.Equal([Kernels.Sampling.NoId, Kernels.Sampling.NoId], ids[..2]);
            Assert.InRange(ids[2], 0, Vocabulary - 1);
        }

        Assert.Equal([Kernels.Sampling.NoId], Draw(Device, [float.NegativeInfinity, float.NegativeInfinity], 1, new SamplingRule(0, 0, 1), default));
    }

    [Fact]
    public void A_draw_depends_on_seed_sequence_and_position_alone()
    {
        const int Vocabulary = 259;
        int rows = RungDevices.AtMost(rung, 2, 70);
        float[] logits = new Inputs(8).Normal(rows * Vocabulary, 2);
        var rule = new SamplingRule(1, 60, .9);
        var key = new SamplingKey(5, 4, 2, 9);
        int[] ids = Draw(Device, logits, rows, rule, key);
        Assert.Equal(ids, Draw(RungDevices.Other(rung), logits, rows, rule, key));
        Assert.Equal(ids[^1..], Draw(Device, logits[^Vocabulary..], 1, rule, key with { FirstSequence = 4 + (2 * ((uint)rows - 1)), Stride = 77 }));
        if (rows < 10)
            return;
        Assert.NotEqual(ids, Draw(Device, logits, rows, rule, key with { Seed = 5 + (1UL << 32) }));
        Assert.NotEqual(ids, Draw(Device, logits, rows, rule, key with { Position = 10 }));
        Assert.NotEqual(ids, Draw(Device, logits, rows, rule, key with { FirstSequence = 5 }));
    }

    [Fact]
    public void Wrong_shapes_and_rules_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = Kernels.Sampling.Create(Device, rung);
        Tensor<float> logits = memory.Poisoned(2, 8);
        Tensor<int> ids = memory.Allocate<int>(1, 2);
        var rule = new SamplingRule(1, 0, 1);
        Assert.Throws<ArgumentException>(() => op.Draw(memory.Allocate<int>(1, 3), logits, logits, rule, default));
        Assert.Throws<ArgumentException>(() => op.Draw(ids, logits, memory.Poisoned(2, 7), rule, default));
        foreach (SamplingRule wrong in new[] { rule with { Temperature = -1 }, rule with { Temperature = double.NaN }, rule with { TopK = -1 }, rule with { TopP = 0 }, rule with { TopP = 1.1 }, rule with { TopP = double.NaN } })
            Assert.Throws<ArgumentOutOfRangeException>(() => op.Draw(ids, logits, logits, wrong, default));
    }

    private protected int[] Draw(Device device, float[] logits, int rows, SamplingRule rule, SamplingKey key)
    {
        using var memory = new TestMemory(device);
        int vocabulary = logits.Length / rows;
        Tensor<int> ids = memory.Input([.. Enumerable.Repeat(int.MinValue, rows)], 1, rows);
        Kernels.Sampling.Create(device, rung).Draw(ids, memory.Input(logits, rows, vocabulary), memory.Poisoned(rows, vocabulary), rule, key);
        return ids.ToArray();
    }

    private static void AssertWithin(int[] expected, int[] ids)
    {
        Assert.Empty(ids.Except(expected));
        if (ids.Length >= 64)
            Assert.Equal(expected, ids.Distinct().Order());
    }
}

/// <summary>Distributions over many draws, where they are fast.</summary>
public abstract class SamplingDistributionTests(Rung rung) : SamplingTests(rung)
{
    /// <summary>Temperature, top-k, top-p, ids that are drawn from, and the chi-square that a true one exceeds once in a thousand.</summary>
    [Theory]
    [InlineData(1, 0, 1, 40, 72.05)]
    [InlineData(1.7, 0, 1, 40, 72.05)]
    [InlineData(1, 12, 1, 12, 31.26)]
    public void Draws_follow_the_softmax(double temperature, int topK, double topP, int kept, double most)
    {
        const int Rows = 20_000;
        const int Vocabulary = 40;
        var rule = new SamplingRule(temperature, topK, topP);
        float[] row = new Inputs(12).Normal(Vocabulary);
        float[] logits = [.. Enumerable.Repeat(row, Rows).SelectMany(each => each)];
        double[] probabilities = SamplingReference.Probabilities(row, rule);
        Assert.Equal(kept, probabilities.Count(probability => probability > 0));
        foreach (var key in new[] { new SamplingKey(1, 0, 1, 0), new SamplingKey(2, 5, 3, 100) })
        {
            int[] counts = new int[Vocabulary];
            foreach (int id in Draw(TestDevices.Cpu, logits, Rows, rule, key))
                counts[id]++;
            double chiSquare = Enumerable.Range(0, Vocabulary).Where(id => probabilities[id] > 0).Sum(id => Math.Pow(counts[id] - (Rows * probabilities[id]), 2) / (Rows * probabilities[id]));
            Assert.Equal(Rows, Enumerable.Range(0, Vocabulary).Where(id => probabilities[id] > 0).Sum(id => counts[id]));
            Assert.True(chiSquare < most, $"chi-square {chiSquare} of {kept} ids");
        }
    }
}

public sealed class SamplingNaiveTests() : SamplingDistributionTests(Rung.Naive);

public sealed class SamplingCpuTests() : SamplingDistributionTests(Rung.Cpu);

public sealed class SamplingGpuTests() : SamplingTests(Rung.Gpu);
