using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>How a warp's sums become elements of C: an addend, a rounding, stores of 16 bytes where C's rows allow it.</summary>
/// <remarks>
/// A lane holds two neighbours of a row (<see cref="WarpMatrices"/>). Before a wide store lanes exchange theirs: two of
/// them for four fp32 numbers of a row, four for eight bf16 numbers, so that each store fills whole sectors of 32 bytes.
/// </remarks>
internal static class MatmulResult
{
    /// <summary>Writes 16 x 32 elements; all lanes of the warp come here.</summary>
    /// <param name="c">C in fp32.</param>
    /// <param name="rounded">C in bf16.</param>
    /// <param name="addend">Added unless C is rounded.</param>
    /// <param name="launch">The launch.</param>
    /// <param name="segment">Segments after the first add to what C holds.</param>
    /// <param name="sums">The elements.</param>
    /// <param name="row">First row.</param>
    /// <param name="column">First column.</param>
    public static void Store(
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<float> addend,
        MatmulLaunch launch,
        int segment,
        MatmulRow sums,
        int row,
        int column)
    {
        if (launch.Has(MatmulLaunch.Rounds))
        {
            StoreRounded(rounded, launch, sums, row, column);
            return;
        }

        bool adds = segment > 0 || launch.Has(MatmulLaunch.Adds);
        ArrayView<float> added = segment > 0 ? c : addend;
        StoreTile(c, added, adds, launch, sums.C0, row, column);
        StoreTile(c, added, adds, launch, sums.C1, row, column + 8);
        StoreTile(c, added, adds, launch, sums.C2, row, column + 16);
        StoreTile(c, added, adds, launch, sums.C3, row, column + 24);
    }

    /// <summary>16 x 8 elements in fp32.</summary>
    private static void StoreTile(ArrayView<float> c, ArrayView<float> addend, bool adds, MatmulLaunch launch, Float4 sums, int row, int column)
    {
        int lane = Group.IdxX % WarpPad.Lanes;
        int pair = lane % 4;
        row += lane / 4;
        if (!launch.Has(MatmulLaunch.WideResult))
        {
            column += 2 * pair;
            StoreElement(c, addend, adds, launch, sums.X, row, column);
            StoreElement(c, addend, adds, launch, sums.Y, row, column + 1);
            StoreElement(c, addend, adds, launch, sums.Z, row + 8, column);
            StoreElement(c, addend, adds, launch, sums.W, row + 8, column + 1);
            return;
        }

        // An even lane gets four numbers of the upper row, an odd one of the lower row.
        bool lower = pair % 2 != 0;
        float first = WarpLanes.ShuffleXor(lower ? sums.X : sums.Z, 1);
        float second = WarpLanes.ShuffleXor(lower ? sums.Y : sums.W, 1);
        var four = new Float4
        {
            X = lower ? first : sums.X,
            Y = lower ? second : sums.Y,
            Z = lower ? sums.Z : first,
            W = lower ? sums.W : second,
        };
        row += lower ? 8 : 0;
        column += 4 * (pair / 2);
        StoreFour(c, addend, adds, launch, four, row, column);
    }

    /// <summary>Four elements of a row in fp32, or as many as there are.</summary>
    public static void StoreFour(ArrayView<float> c, ArrayView<float> addend, bool adds, MatmulLaunch launch, Float4 sums, int row, int column)
    {
        if (!launch.Has(MatmulLaunch.WideResult))
        {
            StoreElement(c, addend, adds, launch, sums.X, row, column);
            StoreElement(c, addend, adds, launch, sums.Y, row, column + 1);
            StoreElement(c, addend, adds, launch, sums.Z, row, column + 2);
            StoreElement(c, addend, adds, launch, sums.W, row, column + 3);
            return;
        }

        if (row >= launch.M || column >= launch.N)
            return;
        long index = (((long)row * launch.N) + column) / 4;
        if (adds)
        {
            Float4 other = Fp32Storage.Load4(addend, index);
            sums = new Float4 { X = other.X + sums.X, Y = other.Y + sums.Y, Z = other.Z + sums.Z, W = other.W + sums.W };
        }

        Fp32Storage.Store4(c, index, sums);
    }

    private static void StoreElement(ArrayView<float> c, ArrayView<float> addend, bool adds, MatmulLaunch launch, float sum, int row, int column)
    {
        if (row >= launch.M || column >= launch.N)
            return;
        long index = ((long)row * launch.N) + column;
        c[index] = adds ? addend[index] + sum : sum;
    }

    private static void StoreRounded(ArrayView<BFloat16> c, MatmulLaunch launch, MatmulRow sums, int row, int column)
    {
        row += Group.IdxX % WarpPad.Lanes / 4;
        StoreRoundedRow(
            c,
            launch,
            new Bits128
            {
                X = BFloat16Pair.Pack(sums.C0.X, sums.C0.Y),
                Y = BFloat16Pair.Pack(sums.C1.X, sums.C1.Y),
                Z = BFloat16Pair.Pack(sums.C2.X, sums.C2.Y),
                W = BFloat16Pair.Pack(sums.C3.X, sums.C3.Y),
            },
            row,
            column);
        StoreRoundedRow(
            c,
            launch,
            new Bits128
            {
                X = BFloat16Pair.Pack(sums.C0.Z, sums.C0.W),
                Y = BFloat16Pair.Pack(sums.C1.Z, sums.C1.W),
                Z = BFloat16Pair.Pack(sums.C2.Z, sums.C2.W),
                W = BFloat16Pair.Pack(sums.C3.Z, sums.C3.W),
            },
            row + 8,
            column);
    }

    /// <summary>32 elements of a row by four lanes, each with a pair of each eight.</summary>
    private static void StoreRoundedRow(ArrayView<BFloat16> c, MatmulLaunch launch, Bits128 pairs, int row, int column)
    {
        int lane = Group.IdxX % 4;
        if (!launch.Has(MatmulLaunch.WideResult))
        {
            column += 2 * lane;
            StorePair(c, launch, pairs.X, row, column);
            StorePair(c, launch, pairs.Y, row, column + 8);
            StorePair(c, launch, pairs.Z, row, column + 16);
            StorePair(c, launch, pairs.W, row, column + 24);
            return;
        }

        // A 4 x 4 transpose in two rounds: a lane then holds all pairs of one eight.
        bool odd = lane % 2 != 0;
        int x = Exchange(odd ? pairs.X : pairs.Y, 1);
        int z = Exchange(odd ? pairs.Z : pairs.W, 1);
        var halfway = new Bits128
        {
            X = odd ? x : pairs.X,
            Y = odd ? pairs.Y : x,
            Z = odd ? z : pairs.Z,
            W = odd ? pairs.W : z,
        };
        bool high = lane / 2 != 0;
        x = Exchange(high ? halfway.X : halfway.Z, 2);
        int y = Exchange(high ? halfway.Y : halfway.W, 2);
        column += 8 * lane;
        if (row < launch.M && column < launch.N)
        {
            c.Cast<Bits128>()[(((long)row * launch.N) + column) / 8] = new Bits128
            {
                X = high ? x : halfway.X,
                Y = high ? y : halfway.Y,
                Z = high ? halfway.Z : x,
                W = high ? halfway.W : y,
            };
        }
    }

    private static void StorePair(ArrayView<BFloat16> c, MatmulLaunch launch, int pair, int row, int column)
    {
        if (row >= launch.M || column >= launch.N)
            return;
        long index = ((long)row * launch.N) + column;
        c[index] = new BFloat16((ushort)pair);
        if (column + 1 < launch.N)
            c[index + 1] = new BFloat16((ushort)(pair >> 16));
    }

    private static int Exchange(int bits, int mask) =>
        (int)Interop.FloatAsInt(WarpLanes.ShuffleXor(Interop.IntAsFloat((uint)bits), mask));
}
