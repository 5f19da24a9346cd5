namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Attention in bf16 against fp64 on inputs that bf16 holds, one thin class a rung below.</summary>
public abstract class AttentionBFloat16Tests(Rung rung, bool simulated)
{
    /// <summary>
    /// Tensor cores take weights rounded to bf16, each by up to 2^-9 of itself: of an average of values near one, with
    /// signs that differ, a few thousandths. The output is rounded by up to 2^-9 of itself.
    /// </summary>
    private static readonly Tolerance OutputTolerance = new(5e-3, 5e-3);

    /// <summary>
    /// Weights and the gradients of scores are rounded to bf16, and D is taken of an output that was: 2^-9 of each of the
    /// terms, which are near one and add up to twice that where a key is seen much; then the result is rounded.
    /// </summary>
    private static readonly Tolerance GradientTolerance = new(2e-2, 8e-3);

    /// <summary>The log-sum-exp stays in fp32: a few roundings of numbers near five.</summary>
    private static readonly Tolerance LogSumExpTolerance = new(5e-6, 5e-6);

    private Device Device => simulated ? TestDevices.SimulatedWarps : TestDevices.Cpu;

    private protected abstract IEnumerable<AttentionShape> Shapes { get; }

    /// <summary>A shape with more than one block of queries, and a length within which the last ends.</summary>
    private protected abstract AttentionShape SomeBlocks { get; }

    [Fact]
    public void Both_passes_equal_the_fp64_reference_around_all_block_edges()
    {
        foreach (AttentionShape shape in Shapes)
        {
            (float[] qkv, float[] outputGradient) = Draw(shape);
            (double[] output, double[] logSumExp) = AttentionReference.Forward(qkv.ToDoubles(), shape);
            (float[] actual, float[] actualLogSumExp, float[] gradient) = AttentionBFloat16Run.Both(Device, rung, outputGradient, qkv, shape);
            OutputTolerance.AssertClose(output, actual, $"output of {shape}");
            LogSumExpTolerance.AssertClose(logSumExp, actualLogSumExp, $"log-sum-exp of {shape}");
            GradientTolerance.AssertClose(AttentionReference.Backward(outputGradient.ToDoubles(), qkv.ToDoubles(), shape), gradient, $"gradient of {shape}");
        }
    }

    [Fact]
    public void A_sequence_does_not_depend_on_the_batch_nor_a_prefix_on_what_follows()
    {
        AttentionShape shape = SomeBlocks with { Batch = 2 };
        (float[] qkv, float[] outputGradient) = Draw(shape);
        (float[] output, float[] logSumExp, float[] gradient) = AttentionBFloat16Run.Both(Device, rung, outputGradient, qkv, shape);
        AttentionShape alone = shape with { Batch = 1 };
        (float[] outputAlone, float[] logSumExpAlone, float[] gradientAlone) = AttentionBFloat16Run.Both(
            Device, rung, outputGradient[(alone.Tokens * shape.OutputColumns)..], qkv[(alone.Tokens * shape.QkvColumns)..], alone);
        Bits.AssertEqual(output.AsSpan(outputAlone.Length), outputAlone, "output of the last sequence alone");
        Bits.AssertEqual(logSumExp.AsSpan(logSumExpAlone.Length), logSumExpAlone, "log-sum-exp of the last sequence alone");
        Bits.AssertEqual(gradient.AsSpan(gradientAlone.Length), gradientAlone, "gradient of the last sequence alone");
        foreach (int length in new[] { 1, 17, shape.Length - 1 })
        {
            float[] prefix = AttentionBFloat16Run.Forward(Device, rung, qkv[..(length * shape.QkvColumns)], alone with { Length = length }).Output;
            Bits.AssertEqual(output.AsSpan(0, prefix.Length), prefix, $"the first {length} tokens");
        }
    }

    [Fact]
    public void Large_scores_neither_overflow_nor_vanish()
    {
        const float QueriesAndKeys = 16;
        AttentionShape shape = SomeBlocks;
        (float[] qkv, float[] outputGradient) = Draw(shape, QueriesAndKeys);
        (double[] output, double[] logSumExp) = AttentionReference.Forward(qkv.ToDoubles(), shape);
        (float[] actual, float[] actualLogSumExp, float[] gradient) = AttentionBFloat16Run.Both(Device, rung, outputGradient, qkv, shape);

        // Scores near a thousand carry absolute roundings of 1e-4, far below what bf16 leaves.
        OutputTolerance.AssertClose(output, actual, "output");
        new Tolerance(1e-3, 1e-6).AssertClose(logSumExp, actualLogSumExp, "log-sum-exp");
        double[] expected = AttentionReference.Backward(outputGradient.ToDoubles(), qkv.ToDoubles(), shape);
        new Tolerance(GradientTolerance.Absolute * QueriesAndKeys, GradientTolerance.Relative).AssertClose(expected, gradient, "gradient");
    }

    /// <summary>A diverged model's scores: an fp32 rounding of one is more than e^x takes.</summary>
    [Fact]
    public void Scores_whose_roundings_exceed_the_exponential_have_finite_gradients()
    {
        AttentionShape shape = SomeBlocks;
        (float[] qkv, float[] outputGradient) = Draw(shape, 1e6f);
        (float[] output, _, float[] gradient) = AttentionBFloat16Run.Both(Device, rung, outputGradient, qkv, shape);
        OutputTolerance.AssertClose(AttentionReference.Forward(qkv.ToDoubles(), shape).Output, output, "output");
        Assert.All(gradient, value => Assert.True(float.IsFinite(value)));
    }

    /// <summary>A NaN reaches all that it is part of; the 32 tokens before its tile keep clear of it.</summary>
    [Fact]
    public void NaN_shows()
    {
        const int Poisoned = 33;
        AttentionShape shape = SomeBlocks with { Length = 34 };
        foreach (int part in new[] { 0, 1, 2 })
        {
            (float[] qkv, float[] outputGradient) = Draw(shape);
            int column = part == 0 ? 3 : shape.OutputColumns + ((part - 1) * shape.KeyValueColumns) + 3;
            qkv[(Poisoned * shape.QkvColumns) + column] = float.NaN;
            (float[] output, _, float[] gradient) = AttentionBFloat16Run.Both(Device, rung, outputGradient, qkv, shape);
            for (int token = 0; token < shape.Length; token++)
            {
                bool reached = part == 0 ? token == Poisoned : token >= Poisoned;
                if (reached)
                    Assert.True(float.IsNaN(output[(token * shape.OutputColumns) + 3]), $"part {part}, output {token}");
                else if (token < 32)
                    Assert.False(float.IsNaN(output[(token * shape.OutputColumns) + 3]), $"part {part}, output {token}");
                if (reached)
                    Assert.True(float.IsNaN(gradient[token * shape.QkvColumns]), $"part {part}, gradient of query {token}");
            }

            // Every gradient of the keys that a reached query sees.
            Assert.True(float.IsNaN(gradient[shape.OutputColumns]), $"part {part}, gradient of the first key");
        }
    }

    /// <param name="shape">The extents.</param>
    /// <param name="queriesAndKeys">What queries and keys are multiplied by.</param>
    private static (float[] Qkv, float[] OutputGradient) Draw(AttentionShape shape, float queriesAndKeys = 1)
    {
        var inputs = new Inputs(shape.Length + shape.HeadSize);
        float[] qkv = inputs.Normal(shape.Tokens * shape.QkvColumns);
        for (int i = 0; i < qkv.Length; i++)
        {
            if (i % shape.QkvColumns < shape.OutputColumns + shape.KeyValueColumns)
                qkv[i] *= queriesAndKeys;
        }

        return (AttentionBFloat16Run.Round(qkv), AttentionBFloat16Run.Round(inputs.Normal(shape.Tokens * shape.OutputColumns)));
    }
}

public sealed class AttentionBFloat16NaiveTests() : AttentionBFloat16Tests(Rung.Naive, simulated: false)
{
    private protected override IEnumerable<AttentionShape> Shapes => [new(1, 1, 1, 1, 2), new(2, 17, 4, 2, 18), new(1, 40, 2, 1, 64)];

    private protected override AttentionShape SomeBlocks => new(1, 37, 2, 1, 34);
}

/// <summary>Also what the tensor-core rung falls back to.</summary>
public sealed class AttentionBFloat16GpuTests() : AttentionBFloat16Tests(Rung.Gpu, simulated: true)
{
    private protected override IEnumerable<AttentionShape> Shapes =>
        [new(1, 1, 1, 1, 2), new(1, 16, 2, 1, 18), new(1, 33, 2, 2, 64), new(1, 18, 1, 1, 130)];

    private protected override AttentionShape SomeBlocks => new(1, 35, 2, 1, 20);
}

/// <summary>Groups own 64 rows, 16 a warp; the backward pass streams blocks of 32.</summary>
public sealed class AttentionBFloat16TensorCoreTests() : AttentionBFloat16Tests(Rung.TensorCore, simulated: true)
{
    private protected override IEnumerable<AttentionShape> Shapes =>
    [
        new(1, 1, 1, 1, 64), new(1, 15, 2, 2, 64), new(1, 65, 2, 1, 64), new(1, 130, 1, 1, 64),
        new(1, 16, 1, 1, 96), new(1, 63, 1, 1, 96), new(1, 65, 2, 1, 96),
        new(2, 17, 2, 1, 128), new(1, 64, 1, 1, 128), new(1, 97, 1, 1, 128),
    ];

    private protected override AttentionShape SomeBlocks => new(1, 66, 1, 1, 64);

    [Fact]
    public void Heads_of_other_sizes_take_the_rung_below()
    {
        var shape = new AttentionShape(1, 18, 2, 1, 32);
        float[] qkv = AttentionBFloat16Run.Round(new Inputs(6).Normal(shape.Tokens * shape.QkvColumns));
        Bits.AssertEqual(
            AttentionBFloat16Run.Forward(TestDevices.SimulatedWarps, Rung.Gpu, qkv, shape).Output,
            AttentionBFloat16Run.Forward(TestDevices.SimulatedWarps, Rung.TensorCore, qkv, shape).Output,
            "output");
    }
}
