using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The warp-wide instructions that kernels for GPUs are made of, as simulated warps carry them out.</summary>
public sealed class WarpIntrinsicsTests
{
    private const int Lanes = 32;

    private static Device Device => TestDevices.SimulatedWarps;

    [Fact]
    public void Lanes_shuffle_broadcast_and_reduce_in_each_warp_of_its_own()
    {
        const int Groups = 3;
        const int Threads = 64;
        using var memory = new TestMemory(Device);
        float[] values = new Inputs(1).Normal(Groups * Threads);
        Tensor<float> results = memory.Poisoned(4, Groups * Threads);
        Device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>>(ExchangeKernel)(
            new KernelConfig(Groups, Threads), results.View, memory.Input(values, 1, values.Length).View);
        float[] actual = results.ToArray();
        for (int thread = 0; thread < values.Length; thread++)
        {
            Span<float> warp = values.AsSpan(thread / Lanes * Lanes, Lanes);
            double sum = 0;
            float largest = float.NegativeInfinity;
            foreach (float value in warp)
            {
                sum += value;
                largest = Math.Max(largest, value);
            }

            Assert.Equal(warp[thread % Lanes ^ 5], actual[thread]);
            Assert.Equal(thread / Lanes * Lanes + 7, actual[values.Length + thread]);
            // Five additions after another of values near one.
            Assert.Equal(sum, actual[(2 * values.Length) + thread], 1e-5);
            Assert.Equal(largest, actual[(3 * values.Length) + thread]);
        }
    }

    [Fact]
    public void A_tensor_core_tile_is_the_product_of_its_rows()
    {
        (float[] a, float[] b, float[] actual) = Tile(1);
        // Products of bf16 numbers are exact in fp32; what is left is one rounding of sums of sixteen.
        Tolerance.FewRoundings.AssertClose(Product(a, b), actual, "D");
    }

    [Fact]
    public void Copies_that_nobody_waits_for_show_as_NaN_and_as_a_fault()
    {
        Assert.SkipUnless(Device.Kind == DeviceKind.SimulatedWarps, "a GPU does not tell");
        (_, _, float[] actual) = Tile(0);
        Assert.All(actual, value => Assert.True(float.IsNaN(value)));
        Assert.Contains("asynchronous copies", Assert.Throws<InvalidOperationException>(SimulationFaults.ThrowIfAny).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0f, 0)]
    [InlineData(1f, 0x3f80)]
    [InlineData(-2.5f, 0xc020)]
    [InlineData(1.00390625f, 0x3f80)]
    [InlineData(1.01171875f, 0x3f82)]
    [InlineData(float.PositiveInfinity, 0x7f80)]
    [InlineData(3.4e38f, 0x7f80)]
    public void A_bfloat16_is_the_nearest_and_the_even_one_of_two(float value, int bits)
    {
        Assert.Equal(bits, BFloat16.FromSingle(value).Bits);
        int pair = BFloat16Pair.Pack(value, -value);
        Assert.Equal(bits, pair & 0xffff);
        Assert.Equal(BFloat16.FromSingle(value).ToSingle(), BFloat16Pair.Low(pair));
        Assert.Equal(-BFloat16Pair.Low(pair), BFloat16Pair.High(pair));
    }

    [Fact]
    public void Powers_of_two_keep_to_their_range_and_NaN_shows()
    {
        Assert.Equal(8, Exponential.Base2(3));
        Assert.Equal(0, Exponential.Base2(float.NegativeInfinity));
        Assert.True(float.IsNaN(Exponential.Base2(float.NaN)));
        Assert.Equal(.25f, Exponential.Base2AtMostOne(-2));
        Assert.Equal(1, Exponential.Base2AtMostOne(100));
        Assert.True(float.IsNaN(Exponential.Base2AtMostOne(float.NaN)));
    }

    [Fact]
    public void A_bfloat16_keeps_NaN() => Assert.True(float.IsNaN(BFloat16.FromSingle(BitConverter.Int32BitsToSingle(0x7f800001)).ToSingle()));

    /// <param name="waits">1 to wait for the copies, 0 to forget it.</param>
    private static (float[] A, float[] B, float[] Actual) Tile(int waits)
    {
        using var memory = new TestMemory(Device, checksFaults: waits != 0);
        var inputs = new Inputs(2);
        float[] a = RoundToBFloat16(inputs.Normal(16 * 16));
        float[] b = RoundToBFloat16(inputs.Normal(16 * 16));
        Tensor<float> result = memory.Poisoned(16, 16);
        Device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<BFloat16>, ArrayView<BFloat16>, int>(TileKernel)(
            new KernelConfig(1, Lanes),
            result.View,
            memory.Input(Array.ConvertAll(a, BFloat16.FromSingle), 16, 16).View,
            memory.Input(Array.ConvertAll(b, BFloat16.FromSingle), 16, 16).View,
            waits);
        return (a, b, result.ToArray());
    }

    private static float[] RoundToBFloat16(float[] values) => Array.ConvertAll(values, value => BFloat16.FromSingle(value).ToSingle());

    private static double[] Product(float[] a, float[] b)
    {
        var product = new double[16 * 16];
        for (int i = 0; i < product.Length; i++)
        {
            for (int k = 0; k < 16; k++)
                product[i] += (double)a[(i / 16 * 16) + k] * b[(k * 16) + (i % 16)];
        }

        return product;
    }

    private static void ExchangeKernel(ArrayView<float> results, ArrayView<float> values)
    {
        int thread = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int count = Grid.DimX * Group.DimX;
        float value = values[thread];
        results[thread] = WarpLanes.ShuffleXor(value, 5);
        results[count + thread] = WarpLanes.Broadcast(thread, 7);
        results[(2 * count) + thread] = WarpLanes.Sum(value);
        results[(3 * count) + thread] = WarpLanes.Max(value);
    }

    /// <summary>D = A B, 16 x 16 each, B row-major: A by ldmatrix, B by its transposing form.</summary>
    private static void TileKernel(ArrayView<float> result, ArrayView<BFloat16> a, ArrayView<BFloat16> b, int waits)
    {
        ArrayView<Bits128> shared = SharedMemory.Allocate<Bits128>(64);
        int lane = Group.IdxX;
        AsyncCopy.Copy16(ref shared[lane], ref a.Cast<Bits128>()[lane], 16);
        AsyncCopy.Copy16(ref shared[32 + lane], ref b.Cast<Bits128>()[lane], 16);
        AsyncCopy.Commit();
        if (waits != 0)
            AsyncCopy.Wait(0);
        Group.Barrier();
        int row = (lane % 16 * 2) + (lane / 16);
        Bits128 left = WarpMatrices.Load(ref shared[row]);
        Bits128 right = WarpMatrices.LoadTransposed(ref shared[32 + row]);
        for (int half = 0; half < 2; half++)
        {
            Float4 d = WarpMatrices.MultiplyAdd(
                left.X, left.Y, left.Z, left.W, half == 0 ? right.X : right.Z, half == 0 ? right.Y : right.W, 0, 0, 0, 0);
            int target = (lane / 4 * 16) + (8 * half) + (lane % 4 * 2);
            result[target] = d.X;
            result[target + 1] = d.Y;
            result[target + 128] = d.Z;
            result[target + 129] = d.W;
        }
    }
}
