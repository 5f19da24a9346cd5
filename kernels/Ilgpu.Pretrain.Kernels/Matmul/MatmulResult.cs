using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>How sums become elements of C: an addend, a rounding, stores of 16 bytes (8 of bf16) where C's rows allow it.</summary>
internal static class MatmulResult
{
    /// <summary>
    /// Floats of padding a row of staged sums: the four rows that 16 lanes write at a time then lie in different banks.
    /// </summary>
    public const int Padding = 8;

    /// <summary>
    /// Puts 16 x 32 sums of a warp, of which a lane holds two neighbours in a row (<see cref="WarpMatrices"/>), into shared
    /// memory, from where whole rows are written: a row of C then leaves in whole lines, and the code for C's kinds is there once.
    /// </summary>
    /// <param name="shared">Free to use.</param>
    /// <param name="sums">The elements.</param>
    /// <param name="row">First row, 0 to 48.</param>
    /// <param name="column">First column in the tile.</param>
    /// <param name="columns">Columns of the tile.</param>
    public static void Stage(ArrayView<Bits128> shared, MatmulRow sums, int row, int column, int columns)
    {
        ArrayView<Bits64> pairs = shared.Cast<Bits64>();
        int lane = Group.IdxX % WarpPad.Lanes;
        int stride = (columns + Padding) / 2;
        int upper = ((row + (lane / 4)) * stride) + (column / 2) + (lane % 4);
        int lower = upper + (8 * stride);
        pairs[upper] = Pair(sums.C0.X, sums.C0.Y);
        pairs[upper + 4] = Pair(sums.C1.X, sums.C1.Y);
        pairs[upper + 8] = Pair(sums.C2.X, sums.C2.Y);
        pairs[upper + 12] = Pair(sums.C3.X, sums.C3.Y);
        pairs[lower] = Pair(sums.C0.Z, sums.C0.W);
        pairs[lower + 4] = Pair(sums.C1.Z, sums.C1.W);
        pairs[lower + 8] = Pair(sums.C2.Z, sums.C2.W);
        pairs[lower + 12] = Pair(sums.C3.Z, sums.C3.W);
    }

    /// <summary>Writes staged rows, as many of each of two warps one below the other; all threads of the group come here, after a barrier.</summary>
    /// <param name="shared">Where they were staged.</param>
    /// <param name="c">C in fp32.</param>
    /// <param name="rounded">C in bf16.</param>
    /// <param name="addend">Added unless C is rounded.</param>
    /// <param name="launch">The launch.</param>
    /// <param name="segment">Segments after the first add to what C holds.</param>
    /// <param name="rows">Staged rows of a warp.</param>
    /// <param name="row">C's row of the first staged one.</param>
    /// <param name="rowsOfWarp">From the upper warp's rows to the lower one's.</param>
    /// <param name="column">C's column of the first staged one.</param>
    /// <param name="columns">Columns of the tile.</param>
    public static void StoreStaged(
        ArrayView<Bits128> shared,
        ArrayView<float> c,
        ArrayView<BFloat16> rounded,
        ArrayView<float> addend,
        MatmulLaunch launch,
        int segment,
        int rows,
        int row,
        int rowsOfWarp,
        int column,
        int columns)
    {
        ArrayView<Float4> staged = shared.Cast<Float4>();
        int fours = columns / 4;
        int stride = (columns + Padding) / 4;
        for (int at = Group.IdxX; at < 2 * rows * fours; at += Group.DimX)
        {
            int stagedRow = at / fours;
            int four = at - (stagedRow * fours);
            Float4 sums = staged[(stagedRow * stride) + four];
            int targetRow = row + (stagedRow / rows * rowsOfWarp) + (stagedRow % rows);
            int targetColumn = column + (4 * four);
            if (launch.Has(MatmulLaunch.Rounds))
                StoreFourRounded(rounded, launch, sums, targetRow, targetColumn);
            else
                StoreFour(c, addend, launch, segment, sums, targetRow, targetColumn);
        }
    }

    /// <summary>Four elements of a row in fp32, or as many as there are; segments after the first add to what C holds.</summary>
    public static void StoreFour(ArrayView<float> c, ArrayView<float> addend, MatmulLaunch launch, int segment, Float4 sums, int row, int column)
    {
        if (row >= launch.M || column >= launch.N)
            return;
        long index = ((long)row * launch.N) + column;
        bool adds = launch.Has(MatmulLaunch.Adds);
        if (launch.Has(MatmulLaunch.WideResult))
        {
            // A load each: of a view that is one or the other ILGPU does not know that it is aligned, and loads four times.
            if (segment > 0)
                sums = Sum(Fp32Storage.Load4(c, index / 4), sums);
            else if (adds)
                sums = Sum(Fp32Storage.Load4(addend, index / 4), sums);
            Fp32Storage.Store4(c, index / 4, sums);
            return;
        }

        adds |= segment > 0;
        ArrayView<float> added = segment > 0 ? c : addend;
        int left = launch.N - column;
        StoreElement(c, added, adds, sums.X, index);
        if (left > 1)
            StoreElement(c, added, adds, sums.Y, index + 1);
        if (left > 2)
            StoreElement(c, added, adds, sums.Z, index + 2);
        if (left > 3)
            StoreElement(c, added, adds, sums.W, index + 3);
    }

    private static void StoreElement(ArrayView<float> c, ArrayView<float> addend, bool adds, float sum, long index) =>
        c[index] = adds ? addend[index] + sum : sum;

    private static Float4 Sum(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    /// <summary>Four elements of a row in bf16, or as many as there are.</summary>
    private static void StoreFourRounded(ArrayView<BFloat16> c, MatmulLaunch launch, Float4 sums, int row, int column)
    {
        if (row >= launch.M || column >= launch.N)
            return;
        long index = ((long)row * launch.N) + column;
        if (launch.Has(MatmulLaunch.WideResult))
        {
            BFloat16Storage.Store4(c, index / 4, sums);
            return;
        }

        int left = launch.N - column;
        c[index] = BFloat16.FromSingle(sums.X);
        if (left > 1)
            c[index + 1] = BFloat16.FromSingle(sums.Y);
        if (left > 2)
            c[index + 2] = BFloat16.FromSingle(sums.Z);
        if (left > 3)
            c[index + 3] = BFloat16.FromSingle(sums.W);
    }

    private static Bits64 Pair(float first, float second) =>
        new() { X = (int)Interop.FloatAsInt(first), Y = (int)Interop.FloatAsInt(second) };
}
