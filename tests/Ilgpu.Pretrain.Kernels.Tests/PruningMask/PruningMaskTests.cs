using ILGPU;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Masks of pruned weights, bit by bit, one thin class a rung below.</summary>
public abstract class PruningMaskTests(Rung rung)
{
    /// <summary>length, seed: around a byte's eight weights, the 16-lane vectors and the 32768-element tiles.</summary>
    public static TheoryData<int, int> Lengths => new() { { 1, 1 }, { 7, 2 }, { 8, 3 }, { 16, 4 }, { 31, 5 }, { 1027, 6 }, { 32779, 7 } };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_mask_has_a_bit_for_each_weight_that_is_not_0_and_gradients_of_the_others_are_0(int length, int seed)
    {
        (float[] weights, float[] gradients) = Problem(length, seed);
        (byte[] mask, float[] after) = Take(Device, weights, gradients);
        Assert.Equal(Packed(weights), mask);
        Bits.AssertEqual([.. weights.Zip(gradients, (w, g) => w == 0 ? 0 : g)], after, "gradients");
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void It_puts_zeros_where_it_has_them_and_leaves_the_others(int length, int seed)
    {
        (float[] weights, float[] values) = Problem(length, seed);
        float[] expected = [.. weights.Zip(values, (w, x) => w == 0 ? 0 : x)];
        (float[] after, float[] rounded) = Apply(Device, Packed(weights), values);
        Bits.AssertEqual(expected, after, "values");
        if (rung != Rung.Cpu)
            Bits.AssertEqual(Elements.Rounded<BFloat16>(expected), rounded, "rounded");
    }

    [Fact]
    public void What_is_not_finite_is_not_pruned_and_goes_where_it_is()
    {
        (byte[] mask, float[] after) = Take(Device, [float.NaN, 0, float.NegativeInfinity, -0f, float.Epsilon], [1, float.NaN, 3, float.PositiveInfinity, 5]);
        Assert.Equal([0b10101], mask);
        Bits.AssertEqual([1, 0, 3, 0, 5], after, "gradients");
        Bits.AssertEqual([1, 0, 3, 0, 5], Apply(Device, mask, [1, float.NaN, 3, float.PositiveInfinity, 5]).Values, "values");
    }

    [Fact]
    public void The_bits_depend_neither_on_the_threads_nor_on_the_start()
    {
        const int Length = 33_005;
        (float[] weights, float[] gradients) = Problem(Length, 11);
        (byte[] mask, float[] after) = Take(Device, weights, gradients);
        (byte[] mask1, float[] after1) = Take(RungDevices.Other(rung), weights, gradients);
        Assert.Equal(mask, mask1);
        Bits.AssertEqual(after, after1, "gradients on one thread");
        using var memory = new TestMemory(Device);
        ArrayView<float> Load(float[] from) => memory.Input([1, .. from], 1, Length + 1).View.SubView(1, Length);
        Tensor<byte> shiftedMask = memory.Allocate<byte>(1, mask.Length);
        ArrayView<float> shifted = Load(gradients);
        var op = PruningMask.Create(Device, rung);
        op.Take(shiftedMask.View, Load(weights), shifted);
        Assert.Equal(mask, shiftedMask.ToArray());
        Bits.AssertEqual(after, new Tensor<float>(shifted, 1, Length).ToArray(), "gradients from another start");
        ArrayView<float> values = Load(gradients);
        op.Apply(shiftedMask.View, values);
        Bits.AssertEqual(after, new Tensor<float>(values, 1, Length).ToArray(), "values from another start");
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        using var memory = new TestMemory(Device);
        var op = PruningMask.Create(Device, rung);
        ArrayView<float> nine = memory.Poisoned(1, 9).View;
        ArrayView<byte> two = memory.Allocate<byte>(1, 2).View;
        Assert.Throws<ArgumentException>(() => op.Take(memory.Allocate<byte>(1, 3).View, nine, nine));
        Assert.Throws<ArgumentException>(() => op.Take(two, nine, memory.Poisoned(1, 8).View));
        Assert.Throws<ArgumentException>(() => op.Apply(memory.Allocate<byte>(1, 1).View, nine));
        Assert.Throws<ArgumentException>(() => op.Apply(two, nine, memory.PoisonedOf<BFloat16>(1, 8).View));
    }

    private Device Device => RungDevices.Usual(rung);

    /// <summary>Weights of which a third are 0, some of these with a sign, and whole stretches of both.</summary>
    private static (float[] Weights, float[] Others) Problem(int length, int seed)
    {
        var inputs = new Inputs(seed);
        float[] weights = inputs.Normal(length);
        int[] draws = inputs.Integers(length, 0, 6);
        for (int i = 0; i < length; i++)
        {
            bool stretch = i / 64 % 5 == 3;
            if (!stretch && draws[i] < 2)
                weights[i] = draws[i] == 0 ? 0 : -0f;
        }

        if (length > 320)
            Array.Clear(weights, 256, 64);
        return (weights, inputs.Normal(length));
    }

    private static byte[] Packed(float[] weights)
    {
        var mask = new byte[(weights.Length + 7) / 8];
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] != 0)
                mask[i / 8] |= (byte)(1 << (i % 8));
        }

        return mask;
    }

    private (byte[] Mask, float[] Gradients) Take(Device device, float[] weights, float[] gradients)
    {
        using var memory = new TestMemory(device);
        byte[] poison = [.. Enumerable.Repeat((byte)0xA5, (weights.Length + 7) / 8)];
        Tensor<byte> mask = memory.Input(poison, 1, poison.Length);
        Tensor<float> g = memory.Input(gradients, 1, gradients.Length);
        PruningMask.Create(device, rung).Take(mask.View, memory.Input(weights, 1, weights.Length).View, g.View);
        return (mask.ToArray(), g.ToArray());
    }

    private (float[] Values, float[] Rounded) Apply(Device device, byte[] mask, float[] values)
    {
        using var memory = new TestMemory(device);
        Tensor<float> x = memory.Input(values, 1, values.Length);
        Tensor<BFloat16> rounded = memory.InputOf<BFloat16>(values, 1, values.Length);
        PruningMask.Create(device, rung).Apply(memory.Input(mask, 1, mask.Length).View, x.View, rung == Rung.Cpu ? default : rounded.View);
        return (x.ToArray(), Elements.ToSingles(rounded.ToArray()));
    }
}

public sealed class PruningMaskNaiveTests() : PruningMaskTests(Rung.Naive);

public sealed class PruningMaskCpuTests() : PruningMaskTests(Rung.Cpu);

public sealed class PruningMaskGpuTests() : PruningMaskTests(Rung.Gpu);
