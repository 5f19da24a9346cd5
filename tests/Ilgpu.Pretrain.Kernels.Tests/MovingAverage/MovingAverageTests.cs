using ILGPU;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Moving averages against fp64, one thin class a rung below.</summary>
public abstract class MovingAverageTests(Rung rung)
{
    /// <summary>The sum is in fp64 and rounded once: half a unit in the last place, and a hair for fp64's own roundings.</summary>
    private static readonly Tolerance OneRounding = new(0, 6e-8);

    /// <summary>length, weight, seed: around the 16-lane vectors and the 32768-element tiles.</summary>
    public static TheoryData<int, double, int> Cases => new()
    {
        { 1, .5, 1 }, { 15, 1e-4, 2 }, { 16, 1, 3 }, { 33, 0, 4 }, { 1027, .01, 5 }, { 32769, .1, 6 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_average_moves_to_the_values_by_their_weight(int length, double weight, int seed)
    {
        var inputs = new Inputs(seed);
        float[] average = inputs.Normal(length);
        float[] values = inputs.Normal(length, .1);
        double[] expected = [.. average.Zip(values, (a, x) => ((1 - weight) * a) + (weight * x))];
        (float[] moved, float[] after) = Add(Device, average, values, weight);
        // What cancels is as exact as what it was made of.
        (OneRounding with { Absolute = 1e-15 }).AssertClose(expected, moved, "average");
        Bits.AssertEqual(values, after, "values");
    }

    [Fact]
    public void The_first_values_are_taken_to_the_bit()
    {
        float[] values = new Inputs(11).Normal(1031, 1e-3);
        Bits.AssertEqual(values, Add(Device, new float[1031], values, 1).Average, "average");
    }

    [Fact]
    public void A_swap_exchanges_to_the_bit_and_rounds_what_was_the_average()
    {
        foreach (int length in new[] { 3, 1031, 32800 })
        {
            var inputs = new Inputs(12);
            float[] average = inputs.Normal(length);
            float[] values = inputs.Normal(length);
            using var memory = new TestMemory(Device);
            Tensor<float> a = memory.Input(average, 1, length);
            Tensor<float> x = memory.Input(values, 1, length);
            Tensor<BFloat16> rounded = memory.PoisonedOf<BFloat16>(1, length);
            MovingAverage.Create(Device, rung).Swap(a.View, x.View, rung == Rung.Cpu ? default : rounded.View);
            Bits.AssertEqual(values, a.ToArray(), "average");
            Bits.AssertEqual(average, x.ToArray(), "values");
            if (rung != Rung.Cpu)
                Bits.AssertEqual(Elements.Rounded<BFloat16>(average), Elements.ToSingles(rounded.ToArray()), "rounded");
        }
    }

    [Fact]
    public void The_bits_depend_neither_on_the_threads_nor_on_the_length_nor_on_the_start()
    {
        const int Length = 33_001;
        var inputs = new Inputs(13);
        float[] average = inputs.Normal(Length);
        float[] values = inputs.Normal(Length);
        float[] moved = Add(Device, average, values, .03).Average;
        Bits.AssertEqual(moved, Add(RungDevices.Other(rung), average, values, .03).Average, "on one thread");
        Bits.AssertEqual(moved.AsSpan(Length - 11), Add(Device, average[^11..], values[^11..], .03).Average, "the last eleven alone");
        using var memory = new TestMemory(Device);
        ArrayView<float> Load(float[] from) => memory.Input([0, .. from], 1, Length + 1).View.SubView(1, Length);
        ArrayView<float> shifted = Load(average);
        MovingAverage.Create(Device, rung).Add(shifted, Load(values), .03);
        Bits.AssertEqual(moved, new Tensor<float>(shifted, 1, Length).ToArray(), "from another start");
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = MovingAverage.Create(Device, rung);
        ArrayView<float> eight = memory.Poisoned(1, 8).View;
        Assert.Throws<ArgumentException>(() => op.Add(eight, memory.Poisoned(1, 7).View, .5));
        Assert.Throws<ArgumentOutOfRangeException>(() => op.Add(eight, eight, 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => op.Add(eight, eight, double.NaN));
        Assert.Throws<ArgumentException>(() => op.Swap(eight, memory.Poisoned(1, 9).View));
        Assert.Throws<ArgumentException>(() => op.Swap(eight, memory.Poisoned(1, 8).View, memory.PoisonedOf<BFloat16>(1, 7).View));
    }

    private Device Device => RungDevices.Usual(rung);

    private (float[] Average, float[] Values) Add(Device device, float[] average, float[] values, double weight)
    {
        using var memory = new TestMemory(device);
        Tensor<float> a = memory.Input(average, 1, average.Length);
        Tensor<float> x = memory.Input(values, 1, values.Length);
        MovingAverage.Create(device, rung).Add(a.View, x.View, weight);
        return (a.ToArray(), x.ToArray());
    }
}

public sealed class MovingAverageNaiveTests() : MovingAverageTests(Rung.Naive);

public sealed class MovingAverageCpuTests() : MovingAverageTests(Rung.Cpu);

public sealed class MovingAverageGpuTests() : MovingAverageTests(Rung.Gpu);
