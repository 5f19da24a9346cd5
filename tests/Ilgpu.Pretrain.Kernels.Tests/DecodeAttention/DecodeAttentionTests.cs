namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// Decoding token by token against the fp64 reference of attention over the whole sequence, one thin class a rung below.
/// </summary>
public abstract class DecodeAttentionTests(Rung rung, bool simulated = false)
{
    /// <summary>As for attention: probabilities carry the roundings of scores near five.</summary>
    private static readonly Tolerance OutputTolerance = new(5e-6, 5e-6);

    private protected Device Device => simulated ? TestDevices.SimulatedWarps : TestDevices.Cpu;

    /// <summary>Batch, length, heads, key/value heads, head size.</summary>
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1, 2 }, { 2, 5, 2, 1, 8 }, { 1, 17, 4, 2, 16 }, { 3, 18, 4, 1, 24 }, { 2, 35, 3, 3, 64 }, { 1, 20, 2, 2, 46 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Token_by_token_equals_attention_over_the_sequence(int batch, int length, int heads, int keyValueHeads, int headSize)
    {
        var shape = new AttentionShape(batch, length, heads, keyValueHeads, headSize);
        float[] qkv = new Inputs(headSize).Normal(shape.Tokens * shape.QkvColumns);
        OutputTolerance.AssertClose(AttentionReference.Forward(qkv.ToDoubles(), shape).Output, Decode(Device, qkv, shape), "output");
    }

    [Fact]
    public void A_sequence_does_not_depend_on_the_batch_nor_on_the_threads()
    {
        var shape = new AttentionShape(Batch: 3, Length: 19, Heads: 4, KeyValueHeads: 2, HeadSize: 20);
        float[] qkv = new Inputs(9).Normal(shape.Tokens * shape.QkvColumns);
        float[] all = Decode(Device, qkv, shape);
        Bits.AssertEqual(all, Decode(simulated ? Device : TestDevices.CpuWithThreads(1), qkv, shape), "one thread");
        AttentionShape alone = shape with { Batch = 1 };
        float[] last = Decode(Device, qkv[(2 * shape.Length * shape.QkvColumns)..], alone);
        Bits.AssertEqual(all.AsSpan(2 * shape.Length * shape.OutputColumns), last, "last sequence alone");
    }

    private protected void LastTokenEqualsReference(AttentionShape shape)
    {
        float[] qkv = new Inputs(shape.Length).Normal(shape.Tokens * shape.QkvColumns);
        double[] expected = AttentionReference.Forward(qkv.ToDoubles(), shape).Output;
        using var memory = new TestMemory(Device);
        Tensor<float> output = memory.Poisoned(shape.Batch, shape.OutputColumns);
        Tensor<float> keys = memory.Input(Columns(qkv, shape, shape.OutputColumns), shape.Tokens, shape.KeyValueColumns);
        Tensor<float> values = memory.Input(Columns(qkv, shape, shape.OutputColumns + shape.KeyValueColumns), shape.Tokens, shape.KeyValueColumns);
        float[] expectedKeys = keys.ToArray();
        float[] expectedValues = values.ToArray();
        var last = new List<float>();
        var expectedLast = new List<double>();
        for (int sequence = 0; sequence < shape.Batch; sequence++)
        {
            int row = ((sequence + 1) * shape.Length) - 1;
            last.AddRange(qkv[(row * shape.QkvColumns)..((row + 1) * shape.QkvColumns)]);
            expectedLast.AddRange(expected[(row * shape.OutputColumns)..((row + 1) * shape.OutputColumns)]);
            Poison(keys.RowRange(row, 1));
            Poison(values.RowRange(row, 1));
        }

        // Scratch as small as the contract allows.
        Tensor<float> scratch = memory.Poisoned(shape.Batch * shape.Heads, shape.Length);
        DecodeAttention.Create(Device, rung).Step(output, keys, values, memory.Input([.. last], shape.Batch, shape.QkvColumns), scratch, shape, shape.Length - 1);
        OutputTolerance.AssertClose([.. expectedLast], output.ToArray(), $"output of {shape}");
        Bits.AssertEqual(expectedKeys, keys.ToArray(), "keys");
        Bits.AssertEqual(expectedValues, values.ToArray(), "values");
    }

    private static void Poison(Tensor<float> row) => row.CopyFrom(Enumerable.Repeat(float.NaN, (int)row.Length).ToArray());

    /// <summary>The keys or values of all tokens.</summary>
    private static float[] Columns(float[] qkv, AttentionShape shape, int first) =>
        [.. qkv.Where((_, i) => i % shape.QkvColumns >= first && i % shape.QkvColumns < first + shape.KeyValueColumns)];

    [Fact]
    public void A_position_past_the_cache_is_refused()
    {
        using var memory = new TestMemory(Device);
        Tensor<float> any = memory.Poisoned(1, 1);
        var decode = DecodeAttention.Create(Device, rung);
        Assert.Throws<ArgumentOutOfRangeException>(() => decode.Step(any, any, any, any, any, new AttentionShape(1, 4, 1, 1, 8), position: 4));
    }

    /// <summary>All outputs, tokens x features, of decoding with a cache that is longer than the sequence and poisoned.</summary>
    private protected float[] Decode(Device device, float[] qkv, AttentionShape shape)
    {
        using var memory = new TestMemory(device);
        AttentionShape cache = shape with { Length = shape.Length + 3 };
        var decode = DecodeAttention.Create(device, rung);
        Tensor<float> keys = memory.Poisoned(cache.Tokens, cache.KeyValueColumns);
        Tensor<float> values = memory.Poisoned(cache.Tokens, cache.KeyValueColumns);
        Tensor<float> scratch = memory.Poisoned(shape.Batch * shape.Heads, cache.Length);
        Tensor<float> output = memory.Poisoned(shape.Batch, shape.OutputColumns);
        Tensor<float> tokens = memory.Poisoned(shape.Batch, shape.QkvColumns);
        var outputs = new float[shape.Tokens * shape.OutputColumns];
        for (int position = 0; position < shape.Length; position++)
        {
            for (int sequence = 0; sequence < shape.Batch; sequence++)
            {
                int row = (sequence * shape.Length) + position;
                tokens.RowRange(sequence, 1).CopyFrom(qkv.AsSpan(row * shape.QkvColumns, shape.QkvColumns));
            }

            decode.Step(output, keys, values, tokens, scratch, cache, position);
            for (int sequence = 0; sequence < shape.Batch; sequence++)
            {
                int row = (sequence * shape.Length) + position;
                output.RowRange(sequence, 1).CopyTo(outputs.AsSpan(row * shape.OutputColumns, shape.OutputColumns));
            }
        }

        return outputs;
    }
}

public sealed class DecodeAttentionNaiveTests() : DecodeAttentionTests(Rung.Naive);

public sealed class DecodeAttentionCpuTests() : DecodeAttentionTests(Rung.Cpu);

/// <summary>Groups take chunks of 256 positions or more, and four query heads at a time.</summary>
public sealed class DecodeAttentionGpuTests() : DecodeAttentionTests(Rung.Gpu, simulated: true)
{
    [Theory]
    [InlineData(1, 256, 1, 1, 8)]
    [InlineData(1, 257, 5, 1, 126)]
    [InlineData(2, 290, 1, 1, 128)]
    [InlineData(1, 40, 1, 1, 130)]
    public void Chunks_are_combined_to_the_fp64_reference(int batch, int length, int heads, int keyValueHeads, int headSize) =>
        LastTokenEqualsReference(new AttentionShape(batch, length, heads, keyValueHeads, headSize));
}
