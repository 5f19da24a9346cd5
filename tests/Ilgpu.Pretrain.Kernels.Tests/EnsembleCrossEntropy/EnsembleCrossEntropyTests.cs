namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The cross-entropy of an ensemble against fp64, one thin class a rung below.</summary>
public abstract class EnsembleCrossEntropyTests(Rung rung)
{
    /// <summary>Of a row of 83: its ends, and around the 16 lanes.</summary>
    private static readonly int[] Places = [0, 82, 80, 1, 15, 16, 79];

    /// <summary>Around the 16 lanes, and the 1024 that a group for GPUs takes at once.</summary>
    private static readonly int[] Vocabularies = [1027, 16, 1, 15, 17, 1000];

    /// <summary>As for <see cref="CrossEntropy"/>.</summary>
    private static readonly Tolerance MemberTolerance = new(5e-7, 1e-6);

    /// <summary>Sums of nine logits near 60 are rounded by 2e-6 each time, and their mean by a ninth of what gathers.</summary>
    private static readonly Tolerance LogitAverageTolerance = new(2e-6, 1e-6);

    /// <summary>A logarithm of the size of the loss, or of log(9) where that is small, rounded to fp32 nine times: 9 * 2^-24 of it, and the exponential's and the logarithm's own error as often.</summary>
    private static readonly Tolerance ProbabilityAverageTolerance = new(2e-6, 1e-6);

    /// <summary>rows, vocabulary, members, seed: around the 16-lane vectors, the 1024-element sums, one row a tile and many.</summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 2, 1 }, { 3, 2, 9, 2 }, { 5, 15, 4, 3 }, { 4, 16, 1, 4 }, { 9, 17, 9, 5 }, { 130, 257, 3, 6 }, { 17, 1000, 9, 7 }, { 2, 1024, 2, 8 }, { 3, 1025, 5, 9 }, { 3, 50257, 4, 10 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Losses_after_each_member_equal_the_fp64_reference(int rows, int vocabulary, int members, int seed) =>
        AssertEqualReference(new Inputs(seed), RungDevices.AtMost(rung, 3, rows), vocabulary, RungDevices.AtMost(rung, 3, members));

    [Theory]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void Losses_of_random_shapes_equal_the_fp64_reference(int seed)
    {
        var inputs = new Inputs(seed);
        for (int draw = 0; draw < RungDevices.AtMost(rung, 1, 10); draw++)
            AssertEqualReference(inputs, RungDevices.AtMost(rung, 3, inputs.Integers(1, 1, 20)[0]), inputs.Integers(1, 1, 2100)[0], RungDevices.AtMost(rung, 3, inputs.Integers(1, 1, 10)[0]));
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-1e4f)]
    public void Large_logits_do_not_overflow(float shift)
    {
        var inputs = new Inputs(30);
        // Integers: sums of nine are exact in fp32 at this size.
        float[][] members = [.. Enumerable.Range(0, 9).Select(_ => Array.ConvertAll(inputs.Integers(100, -8, 8), value => value + shift))];
        AssertEqualReference(members, [0, 49]);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(700)]
    [InlineData(20000)]
    public void Losses_of_hundreds_of_nats_do_not_underflow(int nats)
    {
        const int Vocabulary = 40;
        var inputs = new Inputs(31);
        int[] targets = [0, 39, 20];
        float[][] members = [.. Enumerable.Range(0, 5).Select(_ => Array.ConvertAll(inputs.Integers(targets.Length * Vocabulary, -8, 8), value => (float)value))];
        foreach (float[] member in members)
        {
            for (int row = 0; row < targets.Length; row++)
                member[(row * Vocabulary) + targets[row]] -= nats;
        }

        AssertEqualReference(members, targets);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void One_member_certain_and_wrong_costs_the_probability_average_its_share(int wrong)
    {
        const int Vocabulary = 33;
        const int Target = 32;
        float[][] members = [.. Enumerable.Range(0, 3).Select(_ => new float[Vocabulary])];
        members[wrong][0] = 600;
        AssertEqualReference(members, [Target]);
        EnsembleRun run = EnsembleRun.Of(Device, rung, members, [Target]);
        ProbabilityAverageTolerance.AssertClose([Math.Log(Vocabulary * 3 / 2d)], run.ProbabilityAverage[2], "two of three know nothing");
    }

    [Fact]
    public void Members_certain_and_right_have_losses_that_are_not_negative()
    {
        const int Vocabulary = 19;
        float[][] members = [.. Enumerable.Range(0, 9).Select(_ => new float[Vocabulary])];
        foreach (float[] member in members)
            member[7] = 500;
        AssertEqualReference(members, [7]);
        EnsembleRun run = EnsembleRun.Of(Device, rung, members, [7]);
        Assert.All(run.LogitAverage, losses => Assert.Equal(0, losses[0]));
        Assert.All(run.ProbabilityAverage, losses => Assert.True(losses[0] >= 0));
    }

    [Fact]
    public void A_members_losses_are_those_of_CrossEntropy_to_the_bit()
    {
        int rows = RungDevices.AtMost(rung, 2, 21);
        foreach (int vocabulary in Vocabularies.Take(RungDevices.AtMost(rung, 3, 6)))
        {
            var inputs = new Inputs(32 + vocabulary);
            int[] targets = inputs.Integers(rows, -1, vocabulary);
            float[][] members = [.. Enumerable.Range(0, 3).Select(_ => inputs.Normal(rows * vocabulary, 4))];
            EnsembleRun run = EnsembleRun.Of(Device, rung, members, targets);
            for (int member = 0; member < members.Length; member++)
                Bits.AssertEqual(CrossEntropyForward(members[member], targets), run.Member[member], $"member {member + 1} of vocabulary {vocabulary}");
            Bits.AssertEqual(run.Member[0], run.LogitAverage[0], "logit average of one");
            Bits.AssertEqual(run.Member[0], run.ProbabilityAverage[0], "probability average of one");
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_not_finite_shows_in_its_members_loss_and_in_the_averages_from_then_on(float bad)
    {
        const int Vocabulary = 83;
        int[] targets = [1, 1];
        foreach (int place in Places.Take(RungDevices.AtMost(rung, 2, 7)))
        {
            for (int spoilt = 0; spoilt < 3; spoilt++)
            {
                var inputs = new Inputs(33);
                float[][] members = [.. Enumerable.Range(0, 3).Select(_ => inputs.Normal(2 * Vocabulary))];
                members[spoilt][place] = bad;
                EnsembleRun run = EnsembleRun.Of(Device, rung, members, targets);
                for (int member = 0; member < 3; member++)
                {
                    string what = $"member {member + 1} with {bad} at {place} of {spoilt + 1}";
                    Assert.True(float.IsNaN(run.Member[member][0]) == (member == spoilt), what);
                    Assert.True(float.IsNaN(run.LogitAverage[member][0]) == member >= spoilt, what);
                    Assert.True(float.IsNaN(run.ProbabilityAverage[member][0]) == member >= spoilt, what);
                    Assert.All(new[] { run.Member, run.LogitAverage, run.ProbabilityAverage }, losses => Assert.True(float.IsFinite(losses[member][1]), what));
                }
            }
        }
    }

    [Fact]
    public void A_row_left_out_has_no_losses_even_if_not_finite_and_its_logits_are_summed()
    {
        float[] first = [float.NaN, 1, 2, 3, 4, 5, 6, 7, 8];
        float[] second = [1, 1, 1, 2, 2, 2, 3, 3, float.PositiveInfinity];
        EnsembleRun run = EnsembleRun.Of(Device, rung, [first, second], [-1, 0, -1]);
        foreach (float[][] losses in new[] { run.Member, run.LogitAverage, run.ProbabilityAverage })
        {
            Assert.All(losses, each => Assert.Equal([0f, 0f], [each[0], each[2]]));
            Assert.All(losses, each => Assert.True(each[1] > 0));
        }

        Assert.Equal([float.NaN, 2, 3, 5, 6, 7, 9, 10, float.PositiveInfinity], run.LogitSum);
        Assert.Equal([0f, 0f], [run.LogProbabilitySum[0], run.LogProbabilitySum[2]]);
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_nor_on_chunks_nor_on_the_threads()
    {
        int rows = RungDevices.AtMost(rung, 5, 140);
        const int Vocabulary = 259;
        var inputs = new Inputs(34);
        float[][] members = [.. Enumerable.Range(0, 3).Select(_ => inputs.Normal(rows * Vocabulary, 4))];
        int[] targets = inputs.Integers(rows, -1, Vocabulary);
        targets[rows - 1] = 5;
        EnsembleRun run = EnsembleRun.Of(Device, rung, members, targets);
        run.AssertEqual(EnsembleRun.Of(RungDevices.Other(rung), rung, members, targets), "one thread");
        run.AssertEqual(EnsembleRun.Of(Device, rung, members, targets, chunk: RungDevices.AtMost(rung, 2, 33)), "chunks");
        float[][] lastRows = Array.ConvertAll(members, member => member[((rows - 1) * Vocabulary)..]);
        run.AssertEqual(EnsembleRun.Of(Device, rung, lastRows, targets[(rows - 1)..]), "last row alone", rows - 1);
    }

    [Fact]
    public void Wrong_shapes_and_members_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = EnsembleCrossEntropy.Create(Device, rung);
        Tensor<float> losses = memory.Poisoned(1, 3);
        Tensor<float> fewer = memory.Poisoned(1, 2);
        Tensor<float> logits = memory.Poisoned(3, 8);
        Tensor<float> narrower = memory.Poisoned(3, 7);
        Tensor<int> targets = memory.Allocate<int>(1, 3);
        Assert.Throws<ArgumentException>(() => op.Accumulate(fewer, losses, losses, logits, losses, logits, targets, 1));
        Assert.Throws<ArgumentException>(() => op.Accumulate(losses, fewer, losses, logits, losses, logits, targets, 1));
        Assert.Throws<ArgumentException>(() => op.Accumulate(losses, losses, fewer, logits, losses, logits, targets, 1));
        Assert.Throws<ArgumentException>(() => op.Accumulate(losses, losses, losses, narrower, losses, logits, targets, 1));
        Assert.Throws<ArgumentException>(() => op.Accumulate(losses, losses, losses, logits, fewer, logits, targets, 1));
        Assert.Throws<ArgumentException>(() => op.Accumulate(losses, losses, losses, logits, losses, logits, memory.Allocate<int>(1, 4), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => op.Accumulate(losses, losses, losses, logits, losses, logits, targets, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => op.Accumulate(losses, losses, losses, logits, losses, logits, targets, -1));
        Tensor<float> empty = new(losses.View.SubView(0, 0), 3, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => op.Accumulate(losses, losses, losses, empty, losses, empty, targets, 1));
    }

    private Device Device => RungDevices.Usual(rung);

    private void AssertEqualReference(Inputs inputs, int rows, int vocabulary, int members)
    {
        int[] targets = inputs.Integers(rows, 0, vocabulary);
        if (rows > 2)
            targets[1] = -1;
        AssertEqualReference([.. Enumerable.Range(0, members).Select(_ => inputs.Normal(rows * vocabulary, 4))], targets);
    }

    private void AssertEqualReference(float[][] members, int[] targets)
    {
        EnsembleRun run = EnsembleRun.Of(Device, rung, members, targets);
        double[][] exact = Array.ConvertAll(members, member => member.ToDoubles());
        string shape = $"{targets.Length} x {members[0].Length / targets.Length}";
        for (int count = 1; count <= members.Length; count++)
        {
            (double[] logitAverage, double[] probabilityAverage) = EnsembleCrossEntropyReference.Losses(exact[..count], targets);
            MemberTolerance.AssertClose(EnsembleCrossEntropyReference.MemberLosses(exact[count - 1], targets), run.Member[count - 1], $"member {count}, {shape}");
            LogitAverageTolerance.AssertClose(logitAverage, run.LogitAverage[count - 1], $"logit average of {count}, {shape}");
            ProbabilityAverageTolerance.AssertClose(probabilityAverage, run.ProbabilityAverage[count - 1], $"probability average of {count}, {shape}");
        }

        float[] sum = members[0];
        foreach (float[] member in members[1..])
            sum = [.. sum.Zip(member, (soFar, added) => soFar + added)];
        Bits.AssertEqual(sum, run.LogitSum, "sum of logits");
    }

    private float[] CrossEntropyForward(float[] logits, int[] targets)
    {
        using var memory = new TestMemory(Device);
        Tensor<float> losses = memory.Poisoned(1, targets.Length);
        CrossEntropy.Create<float>(Device, rung).Forward(losses, memory.Input(logits, targets.Length, logits.Length / targets.Length), memory.Input(targets, 1, targets.Length));
        return losses.ToArray();
    }
}

public sealed class EnsembleCrossEntropyNaiveTests() : EnsembleCrossEntropyTests(Rung.Naive);

public sealed class EnsembleCrossEntropyCpuTests() : EnsembleCrossEntropyTests(Rung.Cpu);

public sealed class EnsembleCrossEntropyGpuTests() : EnsembleCrossEntropyTests(Rung.Gpu);
