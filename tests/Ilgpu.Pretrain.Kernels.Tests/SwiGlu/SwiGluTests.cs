namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>SwiGLU against fp64, one thin class a rung below.</summary>
public abstract class SwiGluTests<T>(Rung rung)
    where T : unmanaged
{
    /// <summary>
    /// A handful of roundings and an exponential of 2 ulp, multiplied by values up to 30: gates of that size keep only the
    /// absolute accuracy of 1 - sigmoid.
    /// </summary>
    private static readonly Tolerance Close = new(1e-5, 2e-6);

    [Theory]
    [MemberData(nameof(SwiGluShapes.All), MemberType = typeof(SwiGluShapes))]
    public void Forward_equals_the_fp64_reference(int tokens, int width, int seed)
    {
        float[] gateUp = Elements.Rounded<T>(new Inputs(seed).Normal(tokens * 2 * width, 3));
        Elements.After<T>(Close).AssertClose(SwiGluReference.Forward(gateUp.ToDoubles(), width), Forward(Device, gateUp, tokens), "output");
    }

    [Theory]
    [MemberData(nameof(SwiGluShapes.All), MemberType = typeof(SwiGluShapes))]
    public void Backward_equals_the_fp64_reference_also_in_place(int tokens, int width, int seed)
    {
        var inputs = new Inputs(seed);
        float[] gateUp = Elements.Rounded<T>(inputs.Normal(tokens * 2 * width, 3));
        float[] dy = Elements.Rounded<T>(inputs.Normal(tokens * width));
        double[] expected = SwiGluReference.Backward(dy.ToDoubles(), gateUp.ToDoubles(), width);
        Elements.After<T>(Close).AssertClose(expected, Backward(Device, dy, gateUp, tokens, inPlace: false), "gradient");
        Elements.After<T>(Close).AssertClose(expected, Backward(Device, dy, gateUp, tokens, inPlace: true), "gradient in place");
    }

    [Fact]
    public void Extreme_gates_are_exact_and_NaN_shows()
    {
        float[] gateUp = [-200, -100, 0, 100, 200, float.NaN, 1, 1, 1, 1, 1, 1];
        Elements.After<T>(Tolerance.FewRoundings).AssertClose([0, 0, 0, 100, 200], Forward(Device, gateUp, 1).AsSpan(0, 5), "output");
        Assert.True(float.IsNaN(Forward(Device, gateUp, 1)[5]));
        float[] gradient = Backward(Device, [1, 1, 1, 1, 1, 1], gateUp, 1, inPlace: false);
        Elements.After<T>(Tolerance.FewRoundings).AssertClose([0, 0, .5, 1, 1], gradient.AsSpan(0, 5), "gate gradient");
        Elements.After<T>(Tolerance.FewRoundings).AssertClose([0, 0, 0, 100, 200], gradient.AsSpan(6, 5), "up gradient");
        Assert.True(float.IsNaN(gradient[5]) && float.IsNaN(gradient[11]));
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_nor_on_the_threads()
    {
        const int Tokens = 171;
        const int Width = 100;
        var inputs = new Inputs(11);
        float[] gateUp = inputs.Normal(Tokens * 2 * Width);
        float[] dy = inputs.Normal(Tokens * Width);
        float[] output = Forward(Device, gateUp, Tokens);
        float[] gradient = Backward(Device, dy, gateUp, Tokens, inPlace: false);
        float[] lastGateUp = gateUp[((Tokens - 1) * 2 * Width)..];
        Bits.AssertEqual(output.AsSpan((Tokens - 1) * Width), Forward(Device, lastGateUp, 1), "last row alone");
        Bits.AssertEqual(
            gradient.AsSpan((Tokens - 1) * 2 * Width),
            Backward(Device, dy[((Tokens - 1) * Width)..], lastGateUp, 1, inPlace: false),
            "last row's gradient alone");
        Bits.AssertEqual(output, Forward(RungDevices.Other(rung), gateUp, Tokens), "one thread");
        Bits.AssertEqual(gradient, Backward(RungDevices.Other(rung), dy, gateUp, Tokens, inPlace: false), "gradient on one thread");
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = SwiGlu.Create<T>(Device, rung);
        Tensor<T> gateUp = memory.PoisonedOf<T>(3, 8);
        Assert.Throws<ArgumentException>(() => op.Forward(memory.PoisonedOf<T>(3, 8), gateUp));
        Assert.Throws<ArgumentException>(() => op.Backward(gateUp, memory.PoisonedOf<T>(2, 4), gateUp));
        Assert.Throws<ArgumentException>(() => op.Backward(memory.PoisonedOf<T>(3, 4), memory.PoisonedOf<T>(3, 4), gateUp));
    }

    private Device Device => RungDevices.Usual(rung);

    private float[] Forward(Device device, float[] gateUp, int tokens)
    {
        using var memory = new TestMemory(device);
        int width = gateUp.Length / tokens / 2;
        Tensor<T> output = memory.PoisonedOf<T>(tokens, width);
        SwiGlu.Create<T>(device, rung).Forward(output, memory.InputOf<T>(gateUp, tokens, 2 * width));
        return Elements.ToSingles(output.ToArray());
    }

    private float[] Backward(Device device, float[] dy, float[] gateUp, int tokens, bool inPlace)
    {
        using var memory = new TestMemory(device);
        int width = gateUp.Length / tokens / 2;
        Tensor<T> input = memory.InputOf<T>(gateUp, tokens, 2 * width);
        Tensor<T> gradient = inPlace ? input : memory.PoisonedOf<T>(tokens, 2 * width);
        SwiGlu.Create<T>(device, rung).Backward(gradient, memory.InputOf<T>(dy, tokens, width), input);
        return Elements.ToSingles(gradient.ToArray());
    }
}

/// <summary>What the tests of all elements run with.</summary>
public static class SwiGluShapes
{
    /// <summary>tokens, width, seed: around the 16-lane vectors and the 16384-element row tiles.</summary>
    public static TheoryData<int, int, int> All => new()
    {
        { 1, 1, 1 }, { 2, 15, 2 }, { 3, 16, 3 }, { 4, 17, 4 }, { 7, 172, 5 }, { 33, 511, 6 }, { 32, 512, 7 }, { 2, 16400, 8 },
    };
}

public sealed class SwiGluNaiveTests() : SwiGluTests<float>(Rung.Naive);

public sealed class SwiGluNaiveBFloat16Tests() : SwiGluTests<BFloat16>(Rung.Naive);

public sealed class SwiGluCpuTests() : SwiGluTests<float>(Rung.Cpu);

public sealed class SwiGluGpuTests() : SwiGluTests<float>(Rung.Gpu);

public sealed class SwiGluGpuBFloat16Tests() : SwiGluTests<BFloat16>(Rung.Gpu);

public sealed class SwiGluReferenceTests
{
    [Fact]
    public void The_reference_gradient_is_the_derivative()
    {
        var inputs = new Inputs(41);
        double[] gateUp = inputs.Normal(2 * 2 * 3).ToDoubles();
        double[] dy = inputs.Normal(2 * 3).ToDoubles();
        double[] gradient = SwiGluReference.Backward(dy, gateUp, 3);
        NumericGradient.AssertMatches(at => SwiGluReference.Forward(at, 3).Zip(dy, (a, b) => a * b).Sum(), gateUp, gradient, "gateUp");
    }
}
