namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Attention against fp64, one thin class a rung below, each with the shapes it can take in a test's time.</summary>
public abstract class AttentionTests(Rung rung, bool simulated = false)
{
    /// <summary>
    /// Outputs are averages of values near one; a probability carries the rounding of its score, a sum of headSize
    /// products divided by its square root, so a few roundings of numbers near five.
    /// </summary>
    private static readonly Tolerance ForwardTolerance = new(5e-6, 5e-6);

    private Device Device => simulated ? TestDevices.SimulatedWarps : TestDevices.Cpu;

    [Fact]
    public void Forward_equals_the_fp64_reference_on_small_shapes() => ForwardEqualsReference(SmallShapes);

    [Fact]
    public void Backward_equals_the_fp64_reference_on_small_shapes() => BackwardEqualsReference(SmallShapes);

    [Fact]
    public void Large_scores_neither_overflow_nor_vanish()
    {
        var shape = new AttentionShape(Batch: 1, Length: 20, Heads: 1, KeyValueHeads: 1, HeadSize: 8);
        float[] qkv = new Inputs(7).Normal(shape.Tokens * shape.QkvColumns, scale: 30);
        (double[] output, double[] logSumExp) = AttentionReference.Forward(qkv.ToDoubles(), shape);
        (float[] actual, float[] actualLogSumExp) = AttentionRun.Forward(Device, rung, qkv, shape);

        // Scores of about 2000 carry absolute roundings of 1e-4, which the softmax passes on relative to values of 30.
        new Tolerance(1e-2, 1e-3).AssertClose(output, actual, "output");
        new Tolerance(1e-4, 1e-6).AssertClose(logSumExp, actualLogSumExp, "log-sum-exp");
    }

    /// <summary>
    /// A diverged model's scores: an fp32 rounding of one is more than e^x takes. Each query has one key left, whose weight
    /// is 1 to the bit.
    /// </summary>
    [Theory]
    [InlineData(1, 2e4f)]
    [InlineData(16, 2e4f)]
    [InlineData(1, 1e6f)]
    [InlineData(16, 1e6f)]
    public void Scores_whose_roundings_exceed_the_exponential_have_finite_gradients(int batch, float queriesAndKeys)
    {
        var shape = new AttentionShape(simulated ? 1 : batch, Length: simulated ? 40 : 70, Heads: 1, KeyValueHeads: 1, HeadSize: 16);
        var inputs = new Inputs(8);
        float[] qkv = inputs.Normal(shape.Tokens * shape.QkvColumns);
        float[] outputGradient = inputs.Normal(shape.Tokens * shape.OutputColumns);
        for (int i = 0; i < qkv.Length; i++)
        {
            if (i % shape.QkvColumns < 2 * shape.HeadSize)
                qkv[i] *= queriesAndKeys;
        }

        ForwardTolerance.AssertClose(
            AttentionReference.Forward(qkv.ToDoubles(), shape).Output, AttentionRun.Forward(Device, rung, qkv, shape).Output, "output");
        double[] expected = AttentionReference.Backward(outputGradient.ToDoubles(), qkv.ToDoubles(), shape);
        float[] actual = AttentionRun.Backward(Device, rung, outputGradient, qkv, shape);

        // dO v - dO O cancels but for its roundings, 16 terms near one, which queries and keys multiply in up to 70 sums.
        new Tolerance(1e-4 * queriesAndKeys, 0).AssertClose(expected, actual, "gradient");
        int values = 2 * shape.HeadSize;
        new Tolerance(1e-5, 1e-5).AssertClose(Columns(expected, shape.QkvColumns, values), Columns(actual, shape.QkvColumns, values), "gradient of the values");
    }

    [Fact]
    public void A_sequence_does_not_depend_on_the_batch_nor_on_the_threads()
    {
        var shape = new AttentionShape(Batch: 2, Length: 21, Heads: 4, KeyValueHeads: 2, HeadSize: 10);
        AssertIndependent(shape);
    }

    [Fact]
    public void A_prefix_has_the_same_bits_as_within_the_longer_sequence() =>
        AssertPrefix(new AttentionShape(Batch: 1, Length: 21, Heads: 2, KeyValueHeads: 1, HeadSize: 6), 1, 5, 16, 17, 20);

    [Fact]
    public void Heads_that_do_not_group_are_refused()
    {
        using var memory = new TestMemory(Device);
        Tensor<float> any = memory.Poisoned(1, 1);
        var attention = Attention.Create<float>(Device, rung);
        string message = Assert.Throws<ArgumentException>(() => attention.Forward(any, any, any, new AttentionShape(1, 1, 3, 2, 8))).Message;
        Assert.Contains("3 query heads do not share 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extents_that_32_bits_cannot_count_are_refused()
    {
        using var memory = new TestMemory(Device);
        Tensor<float> any = memory.Poisoned(1, 1);
        var attention = Attention.Create<float>(Device, rung);
        foreach (AttentionShape shape in new[] { new AttentionShape(1 << 16, 1 << 16, 1, 1, 2), new(1 << 10, 1 << 16, 32, 1, 2), new(1, 1, 1 << 16, 1 << 16, 1 << 16) })
        {
            string message = Assert.Throws<ArgumentException>(() => attention.Forward(any, any, any, shape)).Message;
            Assert.Contains("this is too large", message, StringComparison.Ordinal);
        }
    }

    private static T[] Columns<T>(T[] matrix, int columns, int first) => [.. matrix.Where((_, i) => i % columns >= first)];

    private protected static IEnumerable<AttentionShape> SmallShapes =>
    [
        new(1, 1, 1, 1, 2), new(2, 3, 2, 2, 4), new(1, 15, 4, 1, 8), new(2, 16, 2, 1, 16), new(1, 17, 4, 2, 6), new(3, 33, 2, 2, 24),
    ];

    private protected void ForwardEqualsReference(IEnumerable<AttentionShape> shapes)
    {
        foreach (AttentionShape shape in shapes)
        {
            float[] qkv = new Inputs(shape.Length + shape.HeadSize).Normal(shape.Tokens * shape.QkvColumns);
            (double[] output, double[] logSumExp) = AttentionReference.Forward(qkv.ToDoubles(), shape);
            (float[] actual, float[] actualLogSumExp) = AttentionRun.Forward(Device, rung, qkv, shape);
            ForwardTolerance.AssertClose(output, actual, $"output of {shape}");
            ForwardTolerance.AssertClose(logSumExp, actualLogSumExp, $"log-sum-exp of {shape}");
        }
    }

    private protected void BackwardEqualsReference(IEnumerable<AttentionShape> shapes)
    {
        foreach (AttentionShape shape in shapes)
        {
            var inputs = new Inputs(shape.Length + shape.HeadSize);
            float[] qkv = inputs.Normal(shape.Tokens * shape.QkvColumns);
            float[] outputGradient = inputs.Normal(shape.Tokens * shape.OutputColumns);
            double[] expected = AttentionReference.Backward(outputGradient.ToDoubles(), qkv.ToDoubles(), shape);
            float[] actual = AttentionRun.Backward(Device, rung, outputGradient, qkv, shape);

            // A key's gradient sums a score's gradient, itself a sum of headSize products, over the group's queries.
            Tolerance.Sum(shape.Length * shape.GroupSize, Math.Sqrt(shape.HeadSize)).AssertClose(expected, actual, $"gradient of {shape}");
        }
    }

    private protected void AssertIndependent(AttentionShape shape)
    {
        var inputs = new Inputs(3);
        float[] qkv = inputs.Normal(shape.Tokens * shape.QkvColumns);
        float[] outputGradient = inputs.Normal(shape.Tokens * shape.OutputColumns);
        (float[] output, float[] logSumExp) = AttentionRun.Forward(Device, rung, qkv, shape);
        float[] gradient = AttentionRun.Backward(Device, rung, outputGradient, qkv, shape);

        Device one = simulated ? Device : TestDevices.CpuWithThreads(1);
        (float[] outputOnOne, float[] logSumExpOnOne) = AttentionRun.Forward(one, rung, qkv, shape);
        Bits.AssertEqual(output, outputOnOne, "output on one thread");
        Bits.AssertEqual(logSumExp, logSumExpOnOne, "log-sum-exp on one thread");
        Bits.AssertEqual(gradient, AttentionRun.Backward(one, rung, outputGradient, qkv, shape), "gradient on one thread");

        AttentionShape alone = shape with { Batch = 1 };
        int last = shape.Batch - 1;
        float[] lastQkv = qkv[(last * alone.Tokens * shape.QkvColumns)..];
        float[] lastOutputGradient = outputGradient[(last * alone.Tokens * shape.OutputColumns)..];
        (float[] outputAlone, float[] logSumExpAlone) = AttentionRun.Forward(Device, rung, lastQkv, alone);
        Bits.AssertEqual(output.AsSpan(last * alone.Tokens * shape.OutputColumns), outputAlone, "output of the last sequence alone");
        Bits.AssertEqual(logSumExp.AsSpan(last * shape.Heads * shape.Length), logSumExpAlone, "log-sum-exp of the last sequence alone");
        float[] gradientAlone = AttentionRun.Backward(Device, rung, lastOutputGradient, lastQkv, alone);
        Bits.AssertEqual(gradient.AsSpan(last * alone.Tokens * shape.QkvColumns), gradientAlone, "gradient of the last sequence alone");
    }

    private protected void AssertPrefix(AttentionShape shape, params int[] lengths)
    {
        float[] qkv = new Inputs(4).Normal(shape.Tokens * shape.QkvColumns);
        float[] output = AttentionRun.Forward(Device, rung, qkv, shape).Output;
        foreach (int length in lengths)
        {
            float[] prefix = AttentionRun.Forward(Device, rung, qkv[..(length * shape.QkvColumns)], shape with { Length = length }).Output;
            Bits.AssertEqual(output.AsSpan(0, length * shape.OutputColumns), prefix, $"the first {length} tokens");
        }
    }

    private protected void AssertUnaligned(AttentionShape shape)
    {
        var inputs = new Inputs(5);
        float[] qkv = inputs.Normal(shape.Tokens * shape.QkvColumns);
        float[] outputGradient = inputs.Normal(shape.Tokens * shape.OutputColumns);
        (float[] output, float[] gradient) = AttentionRun.BothFrom(1, Device, rung, outputGradient, qkv, shape);
        Bits.AssertEqual(AttentionRun.Forward(Device, rung, qkv, shape).Output, output, "output");
        Bits.AssertEqual(AttentionRun.Backward(Device, rung, outputGradient, qkv, shape), gradient, "gradient");
    }
}

public sealed class AttentionNaiveTests() : AttentionTests(Rung.Naive);

/// <summary>Groups own 16 rows and stream the others in tiles of 32; features go four at a time where they can.</summary>
public sealed class AttentionGpuTests() : AttentionTests(Rung.Gpu, simulated: true)
{
    [Fact]
    public void Forward_equals_the_fp64_reference_around_all_block_edges() => ForwardEqualsReference(BlockEdges);

    [Fact]
    public void Backward_equals_the_fp64_reference_around_all_block_edges() => BackwardEqualsReference(BlockEdges);

    [Fact]
    public void Tensors_that_begin_between_four_elements_give_the_same_bits() =>
        AssertUnaligned(new AttentionShape(Batch: 1, Length: 20, Heads: 2, KeyValueHeads: 1, HeadSize: 12));

    /// <summary>Head sizes that fill lanes, that leave some, that are no fours, and one too many for this rung.</summary>
    private static IEnumerable<AttentionShape> BlockEdges =>
    [
        new(1, 15, 1, 1, 64), new(1, 31, 2, 1, 20), new(1, 32, 1, 1, 6), new(1, 33, 2, 2, 128), new(1, 65, 3, 1, 26), new(1, 64, 1, 1, 96), new(1, 17, 1, 1, 130),
    ];
}

public sealed class AttentionCpuTests() : AttentionTests(Rung.Cpu)
{
    [Fact]
    public void Forward_equals_the_fp64_reference_around_all_block_edges() => ForwardEqualsReference(BlockEdges);

    [Fact]
    public void Backward_equals_the_fp64_reference_around_all_block_edges() => BackwardEqualsReference(BlockEdges);

    [Fact]
    public void Blocks_do_not_depend_on_the_batch_nor_on_the_threads() =>
        AssertIndependent(new AttentionShape(Batch: 3, Length: 150, Heads: 4, KeyValueHeads: 2, HeadSize: 24));

    /// <summary>Enough key/value heads in the batch, and too few in one sequence, for a tile each: the backward pass goes both ways.</summary>
    [Fact]
    public void Both_ways_of_the_backward_pass_give_the_same_bits()
    {
        AssertIndependent(new AttentionShape(Batch: 8, Length: 150, Heads: 4, KeyValueHeads: 2, HeadSize: 32));
        AssertIndependent(new AttentionShape(Batch: 16, Length: 67, Heads: 2, KeyValueHeads: 1, HeadSize: 80));
    }

    [Fact]
    public void Backward_in_whole_tiles_equals_the_fp64_reference() => BackwardEqualsReference(
    [
        new(16, 1, 1, 1, 16), new(4, 15, 4, 4, 16), new(8, 17, 4, 2, 32), new(16, 65, 2, 1, 96), new(6, 130, 3, 3, 64), new(16, 79, 4, 1, 48),
    ]);

    [Fact]
    public void A_prefix_of_blocks_has_the_same_bits_as_within_the_longer_sequence() =>
        AssertPrefix(new AttentionShape(Batch: 1, Length: 200, Heads: 2, KeyValueHeads: 1, HeadSize: 26), 1, 15, 16, 17, 63, 64, 65, 127, 128, 150, 199);

    /// <summary>Lengths around 16-token vectors and 64-token blocks; head sizes around 4-row steps; every grouping of heads.</summary>
    private static IEnumerable<AttentionShape> BlockEdges
    {
        get
        {
            int[] headSizes = [2, 8, 16, 24, 64, 18, 96];
            int[] keyValueHeads = [1, 2, 4];
            int i = 0;
            foreach (int length in new[] { 1, 2, 4, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 79, 81, 127, 128, 129, 130, 192, 200 })
            {
                yield return new AttentionShape(1 + (i % 2), length, 4, keyValueHeads[i % keyValueHeads.Length], headSizes[i % headSizes.Length]);
                i++;
            }
        }
    }
}

public sealed class AttentionReferenceTests
{
    [Fact]
    public void The_reference_gradient_is_the_derivative()
    {
        var shape = new AttentionShape(Batch: 2, Length: 4, Heads: 4, KeyValueHeads: 2, HeadSize: 2);
        var inputs = new Inputs(41);
        double[] qkv = inputs.Normal(shape.Tokens * shape.QkvColumns).ToDoubles();
        double[] outputGradient = inputs.Normal(shape.Tokens * shape.OutputColumns).ToDoubles();
        NumericGradient.AssertMatches(
            at => AttentionReference.Forward(at, shape).Output.Zip(outputGradient, (a, b) => a * b).Sum(),
            qkv,
            AttentionReference.Backward(outputGradient, qkv, shape),
            "dqkv");
    }
}
