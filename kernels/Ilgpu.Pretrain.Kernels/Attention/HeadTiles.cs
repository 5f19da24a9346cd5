using ILGPU;
using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// What a warp does with tiles of bf16 rows in shared memory. A tile is named by the chunk it begins at, lanes by their
/// index in the warp; 16 rows and 16 columns are the step of all products.
/// </summary>
internal static class HeadTiles<THead>
    where THead : struct, IHeadSize
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 128;

    /// <summary>Chunks of a row; a swizzle leaves each in its part of <see cref="CopyLanes"/> chunks.</summary>
    public static int Chunks => THead.Size / 8;

    /// <summary>Threads that copy one row side by side. Threads are counted off by shifts: a division by a constant is none to the compilers on the way.</summary>
    private static int CopyLanes => 1 << THead.CopyShift;

    /// <summary>
    /// Begins to copy <paramref name="rows"/> rows by all threads of the group; those from <paramref name="count"/> on are zero.
    /// </summary>
    /// <param name="shared">Where to.</param>
    /// <param name="tile">The chunk that the tile begins at.</param>
    /// <param name="source">Where from, in chunks.</param>
    /// <param name="first">The first row's first chunk.</param>
    /// <param name="stride">Chunks from one row to the next.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="count">How many of them there are; at least one.</param>
    public static void Copy(ArrayView<Bits128> shared, int tile, ArrayView<Bits128> source, long first, int stride, int rows, int count)
    {
        // Written out, since no compiler on the way unrolls it.
        int passes = rows * CopyLanes / Threads;
        CopyRow(shared, tile, source, first, stride, 0, count);
        if (passes > 1)
            CopyRow(shared, tile, source, first, stride, 1, count);
        if (passes > 2)
        {
            CopyRow(shared, tile, source, first, stride, 2, count);
            CopyRow(shared, tile, source, first, stride, 3, count);
        }
    }

    /// <summary>
    /// The chunk that a lane gives to ldmatrix at step 0 of the tile at 0, for operand A and, transposed, for operand B:
    /// matrices are rows 0 to 7, then 8 to 15, of 8 features, then the same of the next 8.
    /// </summary>
    public static int RowStart(int lane) => ((lane & 15) * Chunks) + THead.Swizzle(lane, lane >> 4);

    /// <summary>
    /// The same for operand B of a product with rows: matrices are 8 features of rows 0 to 7, then the next 8, then the same
    /// of rows 8 to 15. So the two registers that an mma takes are neighbours, as it wants them.
    /// </summary>
    public static int ColumnStart(int lane) => (((lane & 7) + (lane >> 4 << 3)) * Chunks) + THead.Swizzle(lane, (lane >> 3) & 1);

    /// <summary>16 rows as operand A.</summary>
    /// <param name="shared">Holds them.</param>
    /// <param name="start">Their tile plus <see cref="RowStart"/>.</param>
    public static HeadFragments Load(ArrayView<Bits128> shared, int start)
    {
        HeadFragments fragments = default;
        fragments.A0 = WarpMatrices.Load(ref shared[THead.Step(start, 0)]);
        fragments.A1 = WarpMatrices.Load(ref shared[THead.Step(start, 1)]);
        fragments.A2 = WarpMatrices.Load(ref shared[THead.Step(start, 2)]);
        fragments.A3 = WarpMatrices.Load(ref shared[THead.Step(start, 3)]);
        if (THead.Size > 64)
        {
            fragments.A4 = WarpMatrices.Load(ref shared[THead.Step(start, 4)]);
            fragments.A5 = WarpMatrices.Load(ref shared[THead.Step(start, 5)]);
        }

        if (THead.Size > 96)
        {
            fragments.A6 = WarpMatrices.Load(ref shared[THead.Step(start, 6)]);
            fragments.A7 = WarpMatrices.Load(ref shared[THead.Step(start, 7)]);
        }

        return fragments;
    }

    /// <summary>The products of 16 rows in registers with 16 in shared memory.</summary>
    /// <param name="rows">In registers.</param>
    /// <param name="shared">Holds the others.</param>
    /// <param name="start">Their block plus <see cref="ColumnStart"/>.</param>
    /// <param name="offset">Where their tile begins in the block; a constant.</param>
    public static SumTile Multiply(HeadFragments rows, ArrayView<Bits128> shared, int start, int offset)
    {
        SumTile sums = Multiply(default, rows.A0, shared, THead.Step(start, 0), offset);
        sums = Multiply(sums, rows.A1, shared, THead.Step(start, 1), offset);
        sums = Multiply(sums, rows.A2, shared, THead.Step(start, 2), offset);
        sums = Multiply(sums, rows.A3, shared, THead.Step(start, 3), offset);
        if (THead.Size > 64)
        {
            sums = Multiply(sums, rows.A4, shared, THead.Step(start, 4), offset);
            sums = Multiply(sums, rows.A5, shared, THead.Step(start, 5), offset);
        }

        if (THead.Size > 96)
        {
            sums = Multiply(sums, rows.A6, shared, THead.Step(start, 6), offset);
            sums = Multiply(sums, rows.A7, shared, THead.Step(start, 7), offset);
        }

        return sums;
    }

    /// <summary>Adds to 16 rows of a head: weights, 16 x 16 as operand A, times 16 rows in shared memory.</summary>
    /// <param name="sums">What is added to.</param>
    /// <param name="weights">Operand A.</param>
    /// <param name="shared">Holds the rows.</param>
    /// <param name="start">Their block plus <see cref="RowStart"/>.</param>
    /// <param name="offset">Where their tile begins in the block; a constant.</param>
    public static HeadSums Add(HeadSums sums, Bits128 weights, ArrayView<Bits128> shared, int start, int offset)
    {
        sums.C0 = Add(sums.C0, weights, shared, THead.Step(start, 0), offset);
        sums.C1 = Add(sums.C1, weights, shared, THead.Step(start, 1), offset);
        sums.C2 = Add(sums.C2, weights, shared, THead.Step(start, 2), offset);
        sums.C3 = Add(sums.C3, weights, shared, THead.Step(start, 3), offset);
        if (THead.Size > 64)
        {
            sums.C4 = Add(sums.C4, weights, shared, THead.Step(start, 4), offset);
            sums.C5 = Add(sums.C5, weights, shared, THead.Step(start, 5), offset);
        }

        if (THead.Size > 96)
        {
            sums.C6 = Add(sums.C6, weights, shared, THead.Step(start, 6), offset);
            sums.C7 = Add(sums.C7, weights, shared, THead.Step(start, 7), offset);
        }

        return sums;
    }

    /// <summary>Multiplies rows g by <paramref name="upper"/> and rows g + 8 by <paramref name="lower"/>.</summary>
    public static HeadSums Scale(HeadSums sums, float upper, float lower)
    {
        sums.C0 = Scale(sums.C0, upper, lower);
        sums.C1 = Scale(sums.C1, upper, lower);
        sums.C2 = Scale(sums.C2, upper, lower);
        sums.C3 = Scale(sums.C3, upper, lower);
        if (THead.Size > 64)
        {
            sums.C4 = Scale(sums.C4, upper, lower);
            sums.C5 = Scale(sums.C5, upper, lower);
        }

        if (THead.Size > 96)
        {
            sums.C6 = Scale(sums.C6, upper, lower);
            sums.C7 = Scale(sums.C7, upper, lower);
        }

        return sums;
    }

    /// <summary>Leaves 16 rows in bf16 in shared memory, from <paramref name="tile"/> on.</summary>
    public static void Store(HeadSums sums, ArrayView<Bits128> shared, int tile, int lane)
    {
        Store(sums.C0, shared, tile, 0, lane);
        Store(sums.C1, shared, tile, 1, lane);
        Store(sums.C2, shared, tile, 2, lane);
        Store(sums.C3, shared, tile, 3, lane);
        if (THead.Size > 64)
        {
            Store(sums.C4, shared, tile, 4, lane);
            Store(sums.C5, shared, tile, 5, lane);
        }

        if (THead.Size > 96)
        {
            Store(sums.C6, shared, tile, 6, lane);
            Store(sums.C7, shared, tile, 7, lane);
        }
    }

    /// <summary>Copies the first <paramref name="count"/> rows of a tile to global memory by all threads of the group; arguments as in <see cref="Copy"/>.</summary>
    public static void CopyOut(ArrayView<Bits128> target, long first, int stride, ArrayView<Bits128> shared, int tile, int count)
    {
        int lane = Group.IdxX & (CopyLanes - 1);
        for (int row = Group.IdxX >> THead.CopyShift; row < count; row += Threads / CopyLanes)
        {
            for (int part = 0; part < Chunks / CopyLanes; part++)
                target[first + ((long)row * stride) + lane + (part * CopyLanes)] = shared[tile + (row * Chunks) + THead.Swizzle(row, lane) + (part * CopyLanes)];
        }
    }

    /// <summary>A 16 x 16 tile of sums as operand A of the next product: no data moves between lanes.</summary>
    public static Bits128 Pack(SumTile tile) => new()
    {
        X = BFloat16Pair.Pack(tile.Left.X, tile.Left.Y),
        Y = BFloat16Pair.Pack(tile.Left.Z, tile.Left.W),
        Z = BFloat16Pair.Pack(tile.Right.X, tile.Right.Y),
        W = BFloat16Pair.Pack(tile.Right.Z, tile.Right.W),
    };

    private static void CopyRow(ArrayView<Bits128> shared, int tile, ArrayView<Bits128> source, long first, int stride, int pass, int count)
    {
        int lane = Group.IdxX & (CopyLanes - 1);
        int row = (Group.IdxX >> THead.CopyShift) + (pass * (Threads / CopyLanes));
        int bytes = row < count ? 16 : 0;
        long from = first + ((long)XMath.Min(row, count - 1) * stride) + lane;
        int target = tile + (row * Chunks) + THead.Swizzle(row, lane);
        AsyncCopy.Copy16(ref shared[target], ref source[from], bytes);
        if (Chunks > CopyLanes)
            AsyncCopy.Copy16(ref shared[target + CopyLanes], ref source[from + CopyLanes], bytes);
        if (Chunks > 2 * CopyLanes)
            AsyncCopy.Copy16(ref shared[target + (2 * CopyLanes)], ref source[from + (2 * CopyLanes)], bytes);
    }

    private static SumTile Multiply(SumTile sums, Bits128 a, ArrayView<Bits128> shared, int at, int offset)
    {
        Bits128 b = WarpMatrices.LoadAfter(ref shared[at], offset);
        return new SumTile { Left = Multiply(a, b.X, b.Y, sums.Left), Right = Multiply(a, b.Z, b.W, sums.Right) };
    }

    private static SumTile Add(SumTile sums, Bits128 a, ArrayView<Bits128> shared, int at, int offset)
    {
        Bits128 b = WarpMatrices.LoadTransposedAfter(ref shared[at], offset);
        return new SumTile { Left = Multiply(a, b.X, b.Y, sums.Left), Right = Multiply(a, b.Z, b.W, sums.Right) };
    }

    private static Float4 Multiply(Bits128 a, int b0, int b1, Float4 c) =>
        WarpMatrices.MultiplyAdd(a.X, a.Y, a.Z, a.W, b0, b1, c.X, c.Y, c.Z, c.W);

    private static SumTile Scale(SumTile tile, float upper, float lower) => new()
    {
        Left = new Float4 { X = tile.Left.X * upper, Y = tile.Left.Y * upper, Z = tile.Left.Z * lower, W = tile.Left.W * lower },
        Right = new Float4 { X = tile.Right.X * upper, Y = tile.Right.Y * upper, Z = tile.Right.Z * lower, W = tile.Right.W * lower },
    };

    private static void Store(SumTile sums, ArrayView<Bits128> shared, int tile, int step, int lane)
    {
        ArrayView<int> pairs = shared.Cast<int>();
        Bits128 packed = Pack(sums);
        int row = lane >> 2;
        int upper = tile + (row * Chunks);
        int lower = upper + (8 * Chunks);
        int left = THead.Swizzle(row, 2 * step);
        int right = THead.Swizzle(row, (2 * step) + 1);
        int pair = lane & 3;
        pairs[(4 * (upper + left)) + pair] = packed.X;
        pairs[(4 * (lower + left)) + pair] = packed.Y;
        pairs[(4 * (upper + right)) + pair] = packed.Z;
        pairs[(4 * (lower + right)) + pair] = packed.W;
    }
}
