using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The product of a packed panel of A (12 rows) and a packed panel of B (two vectors wide), its sums held in registers.
/// </summary>
internal static unsafe class MatmulMicroKernel
{
    /// <summary>Rows of a packed panel of A.</summary>
    public const int Rows = 12;

    /// <summary>Floats of scratch memory that <see cref="Multiply"/> needs at the edges of C.</summary>
    public const int EdgeLength = Rows * 32;

    /// <summary>Columns of a packed panel of B.</summary>
    /// <param name="lanes">Floats a vector: 16, 8 or 4.</param>
    public static int Columns(int lanes) => 2 * lanes;

    /// <summary>
    /// The lanes of the narrowest panel that takes all columns left, so that few are padding; at most
    /// <paramref name="lanes"/>.
    /// </summary>
    public static int NarrowestLanes(int lanes, int columns)
    {
        while (lanes > 4 && columns <= lanes)
            lanes /= 2;
        return lanes;
    }

    /// <summary>c = addend + a b.</summary>
    /// <param name="lanes">Floats a vector: 16, 8 or 4.</param>
    /// <param name="depth">k of both panels.</param>
    /// <param name="a">12 x depth; for other than 8 lanes a packed panel, in which the rows are neighbours.</param>
    /// <param name="b">depth x <see cref="Columns"/>.</param>
    /// <param name="c">First element of the block of C.</param>
    /// <param name="addend">First element of the block of the addend, or null; may be <paramref name="c"/>.</param>
    /// <param name="stride">From one row of C and of the addend to the next.</param>
    /// <param name="rows">Rows of C that there are, 1 to 12.</param>
    /// <param name="columns">Columns of C that there are, 1 to <see cref="Columns"/>.</param>
    /// <param name="edge"><see cref="EdgeLength"/> floats: what a block that does not fill its registers is computed in.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        int lanes,
        int depth,
        Elements a,
        float* b,
        float* c,
        float* addend,
        long stride,
        int rows,
        int columns,
        float* edge)
    {
        int step = RowsOfStep(lanes, rows);
        if ((lanes == 8 || rows % step == 0) && columns == Columns(lanes))
        {
            Prefetch(c, stride, rows, columns);
            if (addend != null && addend != c)
                Prefetch(addend, stride, rows, columns);
            for (int row = 0; row < rows; row += step)
                MultiplyRows(lanes, step, depth, a, row, rows, b, c + (row * stride), addend == null ? null : addend + (row * stride), stride);
            return;
        }

        for (int row = 0; row < rows; row += step)
            MultiplyRows(lanes, step, depth, a, row, rows, b, edge + (row * Columns(lanes)), null, Columns(lanes));
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float sum = edge[(row * Columns(lanes)) + column];
                long at = (row * stride) + column;
                c[at] = addend == null ? sum : addend[at] + sum;
            }
        }
    }

    /// <summary>The block arrives in the cache while its sums are computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* block, long stride, int rows, int columns)
    {
        if (!Sse.IsSupported)
            return;
        for (int row = 0; row < rows; row++)
        {
            float* start = block + (row * stride);
            for (int column = 0; column < columns; column += 16)
                Sse.Prefetch0(start + column);
            Sse.Prefetch0(start + columns - 1);
        }
    }

    private static int RowsOfStep(int lanes, int rows) => lanes == 8 ? Rows : lanes < 8 ? 6 : rows > 8 ? Rows : 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyRows(int lanes, int step, int depth, Elements a, int row, int rows, float* b, float* c, float* addend, long stride)
    {
        if (lanes == 16 && step == 12)
            MatmulMicroKernel512.Multiply12Rows(depth, a.Start + row, b, c, addend, stride);
        else if (lanes == 16)
            MatmulMicroKernel512.Multiply4Rows(depth, a.Start + row, b, c, addend, stride);
        else if (lanes == 8)
            MatmulMicroKernel256.Multiply(depth, a, rows, new Panel(b, MatmulMicroKernel256.Columns), new Panel(c, (nint)stride), start: null, addend);
        else
            MatmulMicroKernel128.Multiply6Rows(depth, a.Start + row, b, c, addend, stride);
    }
}
