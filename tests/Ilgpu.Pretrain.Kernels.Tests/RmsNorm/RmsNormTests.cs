namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>RMSNorm against fp64, one thin class a rung below.</summary>
public abstract class RmsNormTests<T>(Rung rung)
    where T : unmanaged
{
    private const float Epsilon = 1e-5f;

    [Theory]
    [MemberData(nameof(RmsNormShapes.All), MemberType = typeof(RmsNormShapes))]
    public void Forward_equals_the_fp64_reference(int rows, int columns, int seed)
    {
        var inputs = new Inputs(seed);
        float[] x = inputs.Normal(rows * columns);
        float[] gain = inputs.Uniform(columns, .5, 1.5);
        (double[] output, double[] inverseRms) = RmsNormReference.Forward(x.ToDoubles(), gain.ToDoubles(), rows, Epsilon);
        (float[] actual, float[] actualInverseRms) = Forward(Device, x, gain, rows);
        Elements.After<T>(Tolerance.FewRoundings).AssertClose(output, actual, "output");
        Tolerance.FewRoundings.AssertClose(inverseRms, actualInverseRms, "inverse rms");
    }

    [Theory]
    [MemberData(nameof(RmsNormShapes.All), MemberType = typeof(RmsNormShapes))]
    public void Backward_equals_the_fp64_reference(int rows, int columns, int seed)
    {
        var inputs = new Inputs(seed);
        float[] x = inputs.Normal(rows * columns);
        float[] gain = inputs.Uniform(columns, .5, 1.5);
        float[] dy = Elements.Rounded<T>(inputs.Normal(rows * columns));
        float[] addend = inputs.Normal(rows * columns);
        float[] gainGradientBefore = inputs.Normal(columns);
        (double[] inputGradient, double[] gainGradient) = RmsNormReference.Backward(dy.ToDoubles(), x.ToDoubles(), gain.ToDoubles(), rows, Epsilon);
        for (int i = 0; i < inputGradient.Length; i++)
            inputGradient[i] += addend[i];
        foreach (bool accumulate in new[] { false, true })
        {
            (float[] actual, float[] actualGain, float[]? rounded) = Backward(Device, x, gain, dy, addend, rows, accumulate ? gainGradientBefore : null);
            double[] expectedGain = [.. gainGradient.Select((value, i) => value + (accumulate ? gainGradientBefore[i] : 0))];
            Tolerance.Sum(columns, 4).AssertClose(inputGradient, actual, "input gradient");
            Tolerance.Sum(rows, 4).AssertClose(expectedGain, actualGain, "gain gradient");
            if (rounded is not null)
                Bits.AssertEqual(Elements.Rounded<T>(actual), rounded, "rounded input gradient");
        }
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others_nor_on_the_threads()
    {
        const int Rows = 67;
        const int Columns = 100;
        var inputs = new Inputs(11);
        float[] x = inputs.Normal(Rows * Columns);
        float[] gain = inputs.Uniform(Columns, .5, 1.5);
        float[] dy = inputs.Normal(Rows * Columns);
        float[] all = Forward(Device, x, gain, Rows).Output;
        float[] last = Forward(Device, x[((Rows - 1) * Columns)..], gain, 1).Output;
        Bits.AssertEqual(all.AsSpan((Rows - 1) * Columns), last, "last row alone");
        Bits.AssertEqual(all, Forward(RungDevices.Other(rung), x, gain, Rows).Output, "one thread");
        (float[] inputGradient, float[] gainGradient, _) = Backward(Device, x, gain, dy, dy, Rows, null);
        (float[] inputGradient1, float[] gainGradient1, _) = Backward(RungDevices.Other(rung), x, gain, dy, dy, Rows, null);
        Bits.AssertEqual(inputGradient, inputGradient1, "input gradient on one thread");
        Bits.AssertEqual(gainGradient, gainGradient1, "gain gradient on one thread");
        float[] lastDy = dy[((Rows - 1) * Columns)..];
        float[] lastInputGradient = Backward(Device, x[((Rows - 1) * Columns)..], gain, lastDy, lastDy, 1, null).InputGradient;
        Bits.AssertEqual(inputGradient.AsSpan((Rows - 1) * Columns), lastInputGradient, "last input gradient alone");
    }

    [Theory]
    [InlineData(1e20f)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void A_row_whose_squares_leave_fp32_shows(float bad)
    {
        const int Columns = 37;
        float[] ones = [.. Enumerable.Repeat(1f, Columns)];
        foreach (int place in new[] { 0, 31, 32, 36 })
        {
            float[] x = new Inputs(12).Normal(2 * Columns);
            x[place] = bad;
            float[] output = Forward(Device, x, ones, 2).Output;
            Assert.All(output[..Columns], value => Assert.True(float.IsNaN(value), $"{bad} at {place}"));
            Assert.All(output[Columns..], value => Assert.True(float.IsFinite(value), $"the other row with {bad} at {place}"));
        }
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = RmsNorm.Create<T>(Device, rung);
        Tensor<float> rows = memory.Poisoned(3, 4);
        Tensor<T> branch = memory.PoisonedOf<T>(3, 4);
        Tensor<float> gain = memory.Poisoned(1, 4);
        Tensor<float> inverseRms = memory.Poisoned(1, 3);
        Assert.Throws<ArgumentException>(() => op.Forward(branch, inverseRms, rows, memory.Poisoned(1, 3), Epsilon));
        Assert.Throws<ArgumentException>(() => op.Forward(branch, memory.Poisoned(1, 2), rows, gain, Epsilon));
        Assert.Throws<ArgumentException>(() => op.Forward(memory.PoisonedOf<T>(3, 5), inverseRms, rows, gain, Epsilon));
        Tensor<float> scratch = memory.Poisoned(1, 4);
        string message = Assert.Throws<ArgumentException>(() => op.Backward(rows, gain, branch, rows, inverseRms, gain, rows, memory.Poisoned(1, 3), accumulate: false)).Message;
        Assert.StartsWith("scratch has 3 elements; it has to have at least 4.", message, StringComparison.Ordinal);
        // fp32 needs no second gradient; bf16 needs one of the same shape.
        Tensor<T> rounded = memory.PoisonedOf<T>(3, typeof(T) == typeof(float) ? 4 : 5);
        Assert.Throws<ArgumentException>(() => op.Backward(rows, gain, branch, rows, inverseRms, gain, rows, scratch, accumulate: false, rounded));
    }

    private Device Device => RungDevices.Usual(rung);

    private (float[] Output, float[] InverseRms) Forward(Device device, float[] x, float[] gain, int rows)
    {
        using var memory = new TestMemory(device);
        Tensor<T> output = memory.PoisonedOf<T>(rows, gain.Length);
        Tensor<float> inverseRms = memory.Poisoned(1, rows);
        RmsNorm.Create<T>(device, rung).Forward(output, inverseRms, memory.Input(x, rows, gain.Length), memory.Input(gain, 1, gain.Length), Epsilon);
        return (Elements.ToSingles(output.ToArray()), inverseRms.ToArray());
    }

    private (float[] InputGradient, float[] GainGradient, float[]? Rounded) Backward(
        Device device,
        float[] x,
        float[] gain,
        float[] dy,
        float[] addend,
        int rows,
        float[]? gainGradientBefore)
    {
        using var memory = new TestMemory(device);
        int columns = gain.Length;
        var op = RmsNorm.Create<T>(device, rung);
        Tensor<float> input = memory.Input(x, rows, columns);
        Tensor<float> gains = memory.Input(gain, 1, columns);
        Tensor<float> inverseRms = memory.Poisoned(1, rows);
        op.Forward(memory.PoisonedOf<T>(rows, columns), inverseRms, input, gains, Epsilon);
        Tensor<float> inputGradient = memory.Input(addend, rows, columns);
        Tensor<float> gainGradient = gainGradientBefore is null ? memory.Poisoned(1, columns) : memory.Input(gainGradientBefore, 1, columns);
        Tensor<float> scratch = memory.Poisoned(1, (int)RmsNorm.BackwardScratch(rows, columns));
        Tensor<T>? rounded = typeof(T) == typeof(float) ? null : memory.PoisonedOf<T>(rows, columns);
        op.Backward(inputGradient, gainGradient, memory.InputOf<T>(dy, rows, columns), input, inverseRms, gains, inputGradient, scratch, gainGradientBefore is not null, rounded);
        return (inputGradient.ToArray(), gainGradient.ToArray(), rounded is { } written ? Elements.ToSingles(written.ToArray()) : null);
    }
}

/// <summary>What the tests of all elements run with.</summary>
public static class RmsNormShapes
{
    /// <summary>Around the 16-lane vectors, the 32-row gain blocks, the 256-column gain tiles, the 1024 columns that a group for GPUs takes at once, and the 16384-element row tiles.</summary>
    public static TheoryData<int, int, int> All => new()
    {
        { 1, 1, 1 }, { 1, 16, 2 }, { 3, 15, 3 }, { 31, 17, 4 }, { 32, 64, 5 }, { 33, 255, 6 }, { 65, 257, 7 }, { 2, 512, 8 }, { 70, 48, 9 }, { 6, 1028, 10 }, { 3, 2050, 11 },
    };
}

public sealed class RmsNormNaiveTests() : RmsNormTests<float>(Rung.Naive);

public sealed class RmsNormNaiveBFloat16Tests() : RmsNormTests<BFloat16>(Rung.Naive);

public sealed class RmsNormCpuTests() : RmsNormTests<float>(Rung.Cpu);

public sealed class RmsNormGpuTests() : RmsNormTests<float>(Rung.Gpu);

public sealed class RmsNormGpuBFloat16Tests() : RmsNormTests<BFloat16>(Rung.Gpu);

public sealed class RmsNormReferenceTests
{
    [Fact]
    public void The_reference_gradient_is_the_derivative()
    {
        const int Rows = 3;
        var inputs = new Inputs(21);
        double[] x = inputs.Normal(Rows * 5).ToDoubles();
        double[] gain = inputs.Uniform(5, .5, 1.5).ToDoubles();
        double[] dy = inputs.Normal(Rows * 5).ToDoubles();
        (double[] inputGradient, double[] gainGradient) = RmsNormReference.Backward(dy, x, gain, Rows, 1e-5);
        double Loss(double[] xs, double[] gains) => RmsNormReference.Forward(xs, gains, Rows, 1e-5).Output.Zip(dy, (a, b) => a * b).Sum();
        NumericGradient.AssertMatches(xs => Loss(xs, gain), x, inputGradient, "dx");
        NumericGradient.AssertMatches(gains => Loss(x, gains), gain, gainGradient, "dgain");
    }
}
