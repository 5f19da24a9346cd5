using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Six or four rows by sixteen columns in 256-bit vectors: twelve sums, a row of b and a broadcast fill 15 of 16 registers.
/// </summary>
/// <remarks>Written out, since only a vector that is a local of its own becomes the accumulator of a multiply-add in place.</remarks>
internal static unsafe class MatmulMicroKernel256
{
    /// <summary>Columns of b and c.</summary>
    public const int Columns = 16;

    /// <summary>c = a b for any number of rows of a: six at a time, and up to four that are left. Arguments as in <see cref="Multiply6Rows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(int depth, Elements a, int rows, Panel b, Panel c, float* start, float* addend)
    {
        for (; rows > 4; rows -= 6)
        {
            Multiply6Rows(depth, a, rows, b, c, start, addend);
            a = new Elements(a.Start + (6 * a.RowStride), a.RowStride, a.DepthStride);
            c = new Panel(c.Start + (6 * c.Stride), c.Stride);
            start = start == null ? null : start + (6 * c.Stride);
            addend = addend == null ? null : addend + (6 * c.Stride);
        }

        if (rows > 0)
            Multiply4Rows(depth, a, rows, b, c, start, addend);
    }

    /// <summary>
    /// c = a b for up to six rows of a and sixteen columns of b: each sum a chain of fused multiply-adds in the order of depth
    /// that begins with <paramref name="start"/> (null: zero), to which <paramref name="addend"/> (null: nothing) is added.
    /// </summary>
    /// <param name="depth">Terms a sum.</param>
    /// <param name="a">At row 0.</param>
    /// <param name="rows">1 to 6. The rows that lack repeat the last one: they compute and store its values again.</param>
    /// <param name="b">Rows of sixteen.</param>
    /// <param name="c">The result.</param>
    /// <param name="start">Laid out as c, which it may be.</param>
    /// <param name="addend">Laid out as c, which it may be.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply6Rows(int depth, Elements a, int rows, Panel b, Panel c, float* start, float* addend)
    {
        nint step = a.RowStride;
        float* a0 = a.Start;
        float* a1 = rows > 1 ? a0 + step : a0;
        float* a2 = rows > 2 ? a1 + step : a1;
        float* a3 = rows > 3 ? a2 + step : a2;
        float* a4 = rows > 4 ? a3 + step : a3;
        float* a5 = rows > 5 ? a4 + step : a4;
        Vector256<float> c0L = Vector256<float>.Zero;
        Vector256<float> c0R = Vector256<float>.Zero;
        Vector256<float> c1L = Vector256<float>.Zero;
        Vector256<float> c1R = Vector256<float>.Zero;
        Vector256<float> c2L = Vector256<float>.Zero;
        Vector256<float> c2R = Vector256<float>.Zero;
        Vector256<float> c3L = Vector256<float>.Zero;
        Vector256<float> c3R = Vector256<float>.Zero;
        Vector256<float> c4L = Vector256<float>.Zero;
        Vector256<float> c4R = Vector256<float>.Zero;
        Vector256<float> c5L = Vector256<float>.Zero;
        Vector256<float> c5R = Vector256<float>.Zero;
        nint stride = c.Stride;
        if (start != null)
        {
            float* row = start;
            c0L = Vector256.Load(row);
            c0R = Vector256.Load(row + 8);
            row = rows > 1 ? row + stride : row;
            c1L = Vector256.Load(row);
            c1R = Vector256.Load(row + 8);
            row = rows > 2 ? row + stride : row;
            c2L = Vector256.Load(row);
            c2R = Vector256.Load(row + 8);
            row = rows > 3 ? row + stride : row;
            c3L = Vector256.Load(row);
            c3R = Vector256.Load(row + 8);
            row = rows > 4 ? row + stride : row;
            c4L = Vector256.Load(row);
            c4R = Vector256.Load(row + 8);
            row = rows > 5 ? row + stride : row;
            c5L = Vector256.Load(row);
            c5R = Vector256.Load(row + 8);
        }

        nint depthStride = a.DepthStride;
        nint rightStride = b.Stride;
        float* right = b.Start;
        nint k = 0;
        for (; depth > 0; depth--)
        {
            Vector256<float> bL = Vector256.Load(right);
            Vector256<float> bR = Vector256.Load(right + 8);
            Vector256<float> x = Vector256.Create(a0[k]);
            c0L = Vector256.FusedMultiplyAdd(x, bL, c0L);
            c0R = Vector256.FusedMultiplyAdd(x, bR, c0R);
            x = Vector256.Create(a1[k]);
            c1L = Vector256.FusedMultiplyAdd(x, bL, c1L);
            c1R = Vector256.FusedMultiplyAdd(x, bR, c1R);
            x = Vector256.Create(a2[k]);
            c2L = Vector256.FusedMultiplyAdd(x, bL, c2L);
            c2R = Vector256.FusedMultiplyAdd(x, bR, c2R);
            x = Vector256.Create(a3[k]);
            c3L = Vector256.FusedMultiplyAdd(x, bL, c3L);
            c3R = Vector256.FusedMultiplyAdd(x, bR, c3R);
            x = Vector256.Create(a4[k]);
            c4L = Vector256.FusedMultiplyAdd(x, bL, c4L);
            c4R = Vector256.FusedMultiplyAdd(x, bR, c4R);
            x = Vector256.Create(a5[k]);
            c5L = Vector256.FusedMultiplyAdd(x, bL, c5L);
            c5R = Vector256.FusedMultiplyAdd(x, bR, c5R);
            k += depthStride;
            right += rightStride;
        }

        if (addend != null)
        {
            float* row = addend;
            c0L = Vector256.Load(row) + c0L;
            c0R = Vector256.Load(row + 8) + c0R;
            row = rows > 1 ? row + stride : row;
            c1L = Vector256.Load(row) + c1L;
            c1R = Vector256.Load(row + 8) + c1R;
            row = rows > 2 ? row + stride : row;
            c2L = Vector256.Load(row) + c2L;
            c2R = Vector256.Load(row + 8) + c2R;
            row = rows > 3 ? row + stride : row;
            c3L = Vector256.Load(row) + c3L;
            c3R = Vector256.Load(row + 8) + c3R;
            row = rows > 4 ? row + stride : row;
            c4L = Vector256.Load(row) + c4L;
            c4R = Vector256.Load(row + 8) + c4R;
            row = rows > 5 ? row + stride : row;
            c5L = Vector256.Load(row) + c5L;
            c5R = Vector256.Load(row + 8) + c5R;
        }

        float* target = c.Start;
        c0L.Store(target);
        c0R.Store(target + 8);
        target = rows > 1 ? target + stride : target;
        c1L.Store(target);
        c1R.Store(target + 8);
        target = rows > 2 ? target + stride : target;
        c2L.Store(target);
        c2R.Store(target + 8);
        target = rows > 3 ? target + stride : target;
        c3L.Store(target);
        c3R.Store(target + 8);
        target = rows > 4 ? target + stride : target;
        c4L.Store(target);
        c4R.Store(target + 8);
        target = rows > 5 ? target + stride : target;
        c5L.Store(target);
        c5R.Store(target + 8);
    }

    /// <summary>The same for up to 4 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4Rows(int depth, Elements a, int rows, Panel b, Panel c, float* start, float* addend)
    {
        nint step = a.RowStride;
        float* a0 = a.Start;
        float* a1 = rows > 1 ? a0 + step : a0;
        float* a2 = rows > 2 ? a1 + step : a1;
        float* a3 = rows > 3 ? a2 + step : a2;
        Vector256<float> c0L = Vector256<float>.Zero;
        Vector256<float> c0R = Vector256<float>.Zero;
        Vector256<float> c1L = Vector256<float>.Zero;
        Vector256<float> c1R = Vector256<float>.Zero;
        Vector256<float> c2L = Vector256<float>.Zero;
        Vector256<float> c2R = Vector256<float>.Zero;
        Vector256<float> c3L = Vector256<float>.Zero;
        Vector256<float> c3R = Vector256<float>.Zero;
        nint stride = c.Stride;
        if (start != null)
        {
            float* row = start;
            c0L = Vector256.Load(row);
            c0R = Vector256.Load(row + 8);
            row = rows > 1 ? row + stride : row;
            c1L = Vector256.Load(row);
            c1R = Vector256.Load(row + 8);
            row = rows > 2 ? row + stride : row;
            c2L = Vector256.Load(row);
            c2R = Vector256.Load(row + 8);
            row = rows > 3 ? row + stride : row;
            c3L = Vector256.Load(row);
            c3R = Vector256.Load(row + 8);
        }

        nint depthStride = a.DepthStride;
        nint rightStride = b.Stride;
        float* right = b.Start;
        nint k = 0;
        for (; depth > 0; depth--)
        {
            Vector256<float> bL = Vector256.Load(right);
            Vector256<float> bR = Vector256.Load(right + 8);
            Vector256<float> x = Vector256.Create(a0[k]);
            c0L = Vector256.FusedMultiplyAdd(x, bL, c0L);
            c0R = Vector256.FusedMultiplyAdd(x, bR, c0R);
            x = Vector256.Create(a1[k]);
            c1L = Vector256.FusedMultiplyAdd(x, bL, c1L);
            c1R = Vector256.FusedMultiplyAdd(x, bR, c1R);
            x = Vector256.Create(a2[k]);
            c2L = Vector256.FusedMultiplyAdd(x, bL, c2L);
            c2R = Vector256.FusedMultiplyAdd(x, bR, c2R);
            x = Vector256.Create(a3[k]);
            c3L = Vector256.FusedMultiplyAdd(x, bL, c3L);
            c3R = Vector256.FusedMultiplyAdd(x, bR, c3R);
            k += depthStride;
            right += rightStride;
        }

        if (addend != null)
        {
            float* row = addend;
            c0L = Vector256.Load(row) + c0L;
            c0R = Vector256.Load(row + 8) + c0R;
            row = rows > 1 ? row + stride : row;
            c1L = Vector256.Load(row) + c1L;
            c1R = Vector256.Load(row + 8) + c1R;
            row = rows > 2 ? row + stride : row;
            c2L = Vector256.Load(row) + c2L;
            c2R = Vector256.Load(row + 8) + c2R;
            row = rows > 3 ? row + stride : row;
            c3L = Vector256.Load(row) + c3L;
            c3R = Vector256.Load(row + 8) + c3R;
        }

        float* target = c.Start;
        c0L.Store(target);
        c0R.Store(target + 8);
        target = rows > 1 ? target + stride : target;
        c1L.Store(target);
        c1R.Store(target + 8);
        target = rows > 2 ? target + stride : target;
        c2L.Store(target);
        c2R.Store(target + 8);
        target = rows > 3 ? target + stride : target;
        c3L.Store(target);
        c3R.Store(target + 8);
    }
}
