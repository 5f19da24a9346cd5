namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Embedding against its definition, one thin class a rung below.</summary>
public abstract class EmbeddingTests(Rung rung)
{
    /// <summary>tokens, vocabulary, width, seed: around the 16 lanes of vectors and of id comparisons, one tile and many, ids that never occur, ids that all agree.</summary>
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1 }, { 15, 1, 3, 2 }, { 16, 7, 16, 3 }, { 17, 64, 15, 4 }, { 33, 257, 17, 5 }, { 100, 257, 64, 6 }, { 300, 1000, 130, 7 }, { 31, 5000, 31, 8 }, { 45, 2, 8, 9 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_copies_rows(int tokens, int vocabulary, int width, int seed)
    {
        var inputs = new Inputs(seed);
        int[] ids = inputs.Integers(tokens, 0, vocabulary);
        float[] table = inputs.Normal(vocabulary * width);
        using var memory = new TestMemory(Device);
        Tensor<float> output = memory.Poisoned(tokens, width);
        Embedding.Create(Device, rung).Forward(output, memory.Input(ids, 1, tokens), memory.Input(table, vocabulary, width));
        double[] expected = EmbeddingReference.Forward(ids, table.ToDoubles(), width);
        Assert.Equal(expected, output.ToArray().ToDoubles());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_equals_the_fp64_reference(int tokens, int vocabulary, int width, int seed)
    {
        var inputs = new Inputs(seed);
        int[] ids = inputs.Integers(tokens, 0, vocabulary);
        float[] dy = inputs.Normal(tokens * width);
        float[] before = inputs.Normal(vocabulary * width);
        double[] expected = EmbeddingReference.Backward(dy.ToDoubles(), ids, new double[before.Length], width);
        Tolerance.Sum(tokens).AssertClose(expected, Backward(Device, dy, ids, vocabulary, width, null), "overwritten");
        expected = EmbeddingReference.Backward(dy.ToDoubles(), ids, before.ToDoubles(), width);
        Tolerance.Sum(tokens + 1).AssertClose(expected, Backward(Device, dy, ids, vocabulary, width, before), "accumulated");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_adds_in_the_order_of_the_tokens_whatever_the_threads(int tokens, int vocabulary, int width, int seed)
    {
        var inputs = new Inputs(seed);
        int[] ids = inputs.Integers(tokens, 0, vocabulary);
        float[] dy = inputs.Normal(tokens * width);
        var inOrder = new float[vocabulary * width];
        for (int i = 0; i < dy.Length; i++)
            inOrder[(ids[i / width] * width) + (i % width)] += dy[i];
        Bits.AssertEqual(inOrder, Backward(Device, dy, ids, vocabulary, width, null), "two threads");
        Bits.AssertEqual(inOrder, Backward(RungDevices.Other(rung), dy, ids, vocabulary, width, null), "one thread");
    }

    /// <summary>What an op keeps from one call must not show in the next.</summary>
    [Fact]
    public void One_op_takes_batches_and_tables_of_any_size_in_turn()
    {
        using var memory = new TestMemory(Device);
        var op = Embedding.Create(Device, rung);
        foreach ((int tokens, int vocabulary) in new[] { (40, 9), (70, 30), (5, 3), (70, 30) })
        {
            const int Width = 12;
            var inputs = new Inputs(tokens + vocabulary);
            int[] ids = inputs.Integers(tokens, 0, vocabulary);
            float[] dy = inputs.Normal(tokens * Width);
            Tensor<float> gradient = memory.Poisoned(vocabulary, Width);
            op.Backward(gradient, memory.Input(dy, tokens, Width), memory.Input(ids, 1, tokens), accumulate: false);
            double[] expected = EmbeddingReference.Backward(dy.ToDoubles(), ids, new double[vocabulary * Width], Width);
            Tolerance.Sum(tokens).AssertClose(expected, gradient.ToArray(), $"{tokens} tokens, {vocabulary} ids");
        }
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = Embedding.Create(Device, rung);
        Tensor<int> ids = memory.Allocate<int>(1, 3);
        Tensor<float> table = memory.Poisoned(5, 4);
        Assert.Throws<ArgumentException>(() => op.Forward(memory.Poisoned(2, 4), ids, table));
        Assert.Throws<ArgumentException>(() => op.Forward(memory.Poisoned(3, 5), ids, table));
        Assert.Throws<ArgumentException>(() => op.Backward(table, memory.Poisoned(3, 5), ids, accumulate: false));
    }

    private Device Device => RungDevices.Usual(rung);

    private float[] Backward(Device device, float[] dy, int[] ids, int vocabulary, int width, float[]? before)
    {
        using var memory = new TestMemory(device);
        Tensor<float> gradient = before is null ? memory.Poisoned(vocabulary, width) : memory.Input(before, vocabulary, width);
        Embedding.Create(device, rung).Backward(gradient, memory.Input(dy, ids.Length, width), memory.Input(ids, 1, ids.Length), before is not null);
        return gradient.ToArray();
    }
}

public sealed class EmbeddingNaiveTests() : EmbeddingTests(Rung.Naive);

public sealed class EmbeddingCpuTests() : EmbeddingTests(Rung.Cpu);

public sealed class EmbeddingGpuTests() : EmbeddingTests(Rung.Gpu);

public sealed class EmbeddingReferenceTests
{
    /// <summary>Counts and ends of all ids, the length of the list, the list twice.</summary>
    [Fact]
    public void What_the_op_keeps_on_GPUs_is_told_beforehand()
    {
        Assert.Equal(4 * ((2 * 1000) + 1 + (2 * 300)), Embedding.GpuScratchBytes(300, 1000));
    }

    [Fact]
    public void The_reference_gradient_is_the_derivative()
    {
        var inputs = new Inputs(31);
        int[] ids = [2, 0, 2, 3];
        double[] table = inputs.Normal(4 * 3).ToDoubles();
        double[] dy = inputs.Normal(ids.Length * 3).ToDoubles();
        double[] gradient = EmbeddingReference.Backward(dy, ids, new double[table.Length], 3);
        NumericGradient.AssertMatches(at => EmbeddingReference.Forward(ids, at, 3).Zip(dy, (a, b) => a * b).Sum(), table, gradient, "table");
    }
}
