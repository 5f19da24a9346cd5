namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>RoPE against fp64, one thin class a rung below.</summary>
public abstract class RopeTests<T>(Rung rung)
    where T : unmanaged
{
    private const double Theta = 10000;

    [Theory]
    [MemberData(nameof(RopeShapes.All), MemberType = typeof(RopeShapes))]
    public void Turns_queries_and_keys_as_the_fp64_reference_and_leaves_values(int batch, int length, int heads, int keyValueHeads, int headSize, int firstPosition)
    {
        var shape = new AttentionShape(batch, length, heads, keyValueHeads, headSize);
        float[] qkv = Elements.Rounded<T>(new Inputs(headSize).Normal(shape.Tokens * shape.QkvColumns));
        Elements.After<T>(Tolerance.FewRoundings).AssertClose(
            RopeReference.Forward(qkv.ToDoubles(), shape, Theta, firstPosition), Run(Device, qkv, shape, firstPosition, backward: false), "forward");
        Elements.After<T>(Tolerance.FewRoundings).AssertClose(
            RopeReference.Backward(qkv.ToDoubles(), shape, Theta, firstPosition), Run(Device, qkv, shape, firstPosition, backward: true), "backward");
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_nor_on_the_threads()
    {
        var shape = new AttentionShape(Batch: 2, Length: 50, Heads: 4, KeyValueHeads: 2, HeadSize: 48);
        float[] qkv = new Inputs(5).Normal(shape.Tokens * shape.QkvColumns);
        float[] all = Run(Device, qkv, shape, 0, backward: false);
        Bits.AssertEqual(all, Run(RungDevices.Other(rung), qkv, shape, 0, backward: false), "one thread");
        int lastStart = (shape.Tokens - 1) * shape.QkvColumns;
        float[] last = Run(Device, qkv[lastStart..], shape with { Batch = 1, Length = 1 }, shape.Length - 1, backward: false);
        Bits.AssertEqual(all.AsSpan(lastStart), last, "last row alone");
        Bits.AssertEqual(
            Run(Device, qkv, shape, 0, backward: true), Run(RungDevices.Other(rung), qkv, shape, 0, backward: true), "backward on one thread");
    }

    [Fact]
    public void A_table_that_is_too_short_is_refused()
    {
        using var table = new RopeTable(Device, 4, 8, Theta);
        using var memory = new TestMemory(Device);
        var shape = new AttentionShape(1, 4, 1, 1, 8);
        Tensor<T> qkv = memory.PoisonedOf<T>(4, shape.QkvColumns);
        var rope = Rope.Create<T>(Device, rung);
        Assert.Contains("positions up to 5", Assert.Throws<ArgumentException>(() => rope.Forward(qkv, table, shape, firstPosition: 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => rope.Forward(qkv, table, shape, firstPosition: int.MaxValue));
    }

    private Device Device => RungDevices.Usual(rung);

    private float[] Run(Device device, float[] qkv, AttentionShape shape, int firstPosition, bool backward)
    {
        using var memory = new TestMemory(device);
        using var table = new RopeTable(device, firstPosition + shape.Length, shape.HeadSize, Theta);
        Tensor<T> tensor = memory.InputOf<T>(qkv, shape.Tokens, shape.QkvColumns);
        var rope = Rope.Create<T>(device, rung);
        if (backward)
            rope.Backward(tensor, table, shape, firstPosition);
        else
            rope.Forward(tensor, table, shape, firstPosition);
        return Elements.ToSingles(tensor.ToArray());
    }
}

/// <summary>What the tests of all elements run with.</summary>
public static class RopeShapes
{
    /// <summary>Batch, length, heads, key/value heads, head size, first position: halves around 4 and 16 lanes.</summary>
    public static TheoryData<int, int, int, int, int, int> All => new()
    {
        { 1, 1, 1, 1, 2, 0 }, { 2, 5, 2, 1, 8, 3 }, { 1, 17, 4, 2, 16, 0 }, { 3, 7, 4, 1, 24, 11 }, { 2, 9, 3, 3, 64, 1 }, { 1, 40, 6, 2, 96, 0 }, { 1, 3, 2, 2, 46, 100 },
    };
}

public sealed class RopeNaiveTests() : RopeTests<float>(Rung.Naive);

public sealed class RopeNaiveBFloat16Tests() : RopeTests<BFloat16>(Rung.Naive);

public sealed class RopeCpuTests() : RopeTests<float>(Rung.Cpu);

public sealed class RopeGpuTests() : RopeTests<float>(Rung.Gpu);

public sealed class RopeGpuBFloat16Tests() : RopeTests<BFloat16>(Rung.Gpu);

public sealed class RopeReferenceTests
{
    [Fact]
    public void The_reference_gradient_is_the_derivative()
    {
        var shape = new AttentionShape(Batch: 1, Length: 3, Heads: 2, KeyValueHeads: 1, HeadSize: 6);
        var inputs = new Inputs(31);
        double[] qkv = inputs.Normal(shape.Tokens * shape.QkvColumns).ToDoubles();
        double[] gradient = inputs.Normal(shape.Tokens * shape.QkvColumns).ToDoubles();
        NumericGradient.AssertMatches(
            at => RopeReference.Forward(at, shape, 100, 2).Zip(gradient, (a, b) => a * b).Sum(),
            qkv,
            RopeReference.Backward(gradient, shape, 100, 2),
            "dqkv");
    }
}
