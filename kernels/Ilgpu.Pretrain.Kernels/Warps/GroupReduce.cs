using ILGPU;
using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Sums and maxima over all threads of a group, in an order that the group's size alone decides: lanes pair by pair, then
/// the warps one after the other. All threads of the group take part, and each gets the result unless said otherwise.
/// </summary>
internal static class GroupReduce
{
    /// <summary>Numbers of shared memory that <see cref="Sum(float, ArrayView{float})"/> and <see cref="Max"/> need.</summary>
    public const int Scratch = RowQuads.MostThreads / WarpPad.Lanes;

    /// <summary>Numbers of shared memory that <see cref="SumInFirst"/> needs.</summary>
    public const int DoubleScratch = RowQuads.MostThreads;

    public static float Sum(float value, ArrayView<float> scratch)
    {
        float sum = WarpLanes.Sum(value);
        int warps = Group.DimX / WarpPad.Lanes;
        if (warps == 1)
            return sum;
        Share(sum, scratch);
        sum = scratch[0];
        for (int warp = 1; warp < warps; warp++)
            sum += scratch[warp];
        Group.Barrier();
        return sum;
    }

    /// <summary>Four sums for the barriers of one.</summary>
    /// <param name="values">What the calling thread brings to each.</param>
    /// <param name="scratch">Four times <see cref="Scratch"/>.</param>
    public static Float4 Sum(Float4 values, ArrayView<float> scratch)
    {
        var sums = new Float4
        {
            X = WarpLanes.Sum(values.X),
            Y = WarpLanes.Sum(values.Y),
            Z = WarpLanes.Sum(values.Z),
            W = WarpLanes.Sum(values.W),
        };
        int warps = Group.DimX / WarpPad.Lanes;
        if (warps == 1)
            return sums;
        if ((Group.IdxX & (WarpPad.Lanes - 1)) == 0)
        {
            int place = Group.IdxX / WarpPad.Lanes * 4;
            scratch[place] = sums.X;
            scratch[place + 1] = sums.Y;
            scratch[place + 2] = sums.Z;
            scratch[place + 3] = sums.W;
        }

        Group.Barrier();
        sums = new Float4 { X = scratch[0], Y = scratch[1], Z = scratch[2], W = scratch[3] };
        for (int place = 4; place < 4 * warps; place += 4)
        {
            sums = new Float4
            {
                X = sums.X + scratch[place],
                Y = sums.Y + scratch[place + 1],
                Z = sums.Z + scratch[place + 2],
                W = sums.W + scratch[place + 3],
            };
        }

        Group.Barrier();
        return sums;
    }

    /// <summary>The largest; a NaN may be passed over.</summary>
    public static float Max(float value, ArrayView<float> scratch)
    {
        float largest = WarpLanes.Max(value);
        int warps = Group.DimX / WarpPad.Lanes;
        if (warps == 1)
            return largest;
        Share(largest, scratch);
        largest = scratch[0];
        for (int warp = 1; warp < warps; warp++)
            largest = XMath.Max(largest, scratch[warp]);
        Group.Barrier();
        return largest;
    }

    /// <summary>
    /// The sum in fp64, which the first thread alone gets: each lane of the first warp adds up what the same lane of all
    /// warps brought, and the first thread adds up the lanes.
    /// </summary>
    public static double SumInFirst(double value, ArrayView<double> scratch)
    {
        int thread = Group.IdxX;
        scratch[thread] = value;
        Group.Barrier();
        double sum = value;
        if (thread < WarpPad.Lanes)
        {
            for (int other = thread + WarpPad.Lanes; other < Group.DimX; other += WarpPad.Lanes)
                sum += scratch[other];
            scratch[thread] = sum;
        }

        Group.Barrier();
        if (thread == 0)
        {
            for (int lane = 1; lane < WarpPad.Lanes; lane++)
                sum += scratch[lane];
        }

        return sum;
    }

    private static void Share(float value, ArrayView<float> scratch)
    {
        if ((Group.IdxX & (WarpPad.Lanes - 1)) == 0)
            scratch[Group.IdxX / WarpPad.Lanes] = value;
        Group.Barrier();
    }
}
