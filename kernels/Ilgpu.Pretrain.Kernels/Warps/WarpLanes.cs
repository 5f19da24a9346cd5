using ILGPU.IR.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Exchanges between the 32 lanes of a warp; all of them take part. On PTX each is one to five <c>shfl.sync.bfly</c>.</summary>
internal static class WarpLanes
{
    /// <summary>The value of the lane whose index differs by the bits of <paramref name="mask"/>.</summary>
    [IntrinsicImplementation]
    public static float ShuffleXor(float value, int mask) =>
        Single(WarpPad.Exchange(new WarpOperands { A0 = Bits(value) })[WarpPad.Lane ^ mask].A0);

    /// <summary>The value of lane <paramref name="lane"/>.</summary>
    [IntrinsicImplementation]
    public static int Broadcast(int value, int lane) => WarpPad.Exchange(new WarpOperands { A0 = value })[lane & (WarpPad.Lanes - 1)].A0;

    /// <summary>The sum over all lanes, the same bits in each: pairs at distance 16, then 8, 4, 2, 1.</summary>
    [IntrinsicImplementation]
    public static float Sum(float value)
    {
        WarpOperands[] lanes = WarpPad.Exchange(new WarpOperands { A0 = Bits(value) });
        Span<float> sums = stackalloc float[WarpPad.Lanes];
        for (int lane = 0; lane < WarpPad.Lanes; lane++)
            sums[lane] = Single(lanes[lane].A0);
        for (int distance = WarpPad.Lanes / 2; distance > 0; distance /= 2)
        {
            for (int lane = 0; lane < distance; lane++)
                sums[lane] += sums[lane + distance];
        }

        return sums[0];
    }

    /// <summary>The largest over all lanes; a NaN is passed over unless all are.</summary>
    [IntrinsicImplementation]
    public static float Max(float value)
    {
        WarpOperands[] lanes = WarpPad.Exchange(new WarpOperands { A0 = Bits(value) });
        float largest = Single(lanes[0].A0);
        foreach (WarpOperands lane in lanes)
            largest = float.MaxNumber(largest, Single(lane.A0));
        return largest;
    }

    private static int Bits(float value) => BitConverter.SingleToInt32Bits(value);

    private static float Single(int bits) => BitConverter.Int32BitsToSingle(bits);
}
