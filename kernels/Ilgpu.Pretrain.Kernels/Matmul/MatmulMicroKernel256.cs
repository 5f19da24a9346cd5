using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>6 x 16 in 256-bit vectors: 12 sums, a row of B and a broadcast fill 15 of 16 registers.</summary>
internal static unsafe class MatmulMicroKernel256
{
    /// <summary>c = addend + a b for 6 rows of a packed panel of A and a packed panel of B; addend may be null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply6Rows(int depth, float* a, float* b, float* c, float* addend, long stride)
    {
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
        for (int k = 0; k < depth; k++)
        {
            Vector256<float> left = Vector256.Load(b);
            Vector256<float> right = Vector256.Load(b + 8);
            Vector256<float> x = Vector256.Create(a[0]);
            c0L = Vector256.FusedMultiplyAdd(x, left, c0L);
            c0R = Vector256.FusedMultiplyAdd(x, right, c0R);
            x = Vector256.Create(a[1]);
            c1L = Vector256.FusedMultiplyAdd(x, left, c1L);
            c1R = Vector256.FusedMultiplyAdd(x, right, c1R);
            x = Vector256.Create(a[2]);
            c2L = Vector256.FusedMultiplyAdd(x, left, c2L);
            c2R = Vector256.FusedMultiplyAdd(x, right, c2R);
            x = Vector256.Create(a[3]);
            c3L = Vector256.FusedMultiplyAdd(x, left, c3L);
            c3R = Vector256.FusedMultiplyAdd(x, right, c3R);
            x = Vector256.Create(a[4]);
            c4L = Vector256.FusedMultiplyAdd(x, left, c4L);
            c4R = Vector256.FusedMultiplyAdd(x, right, c4R);
            x = Vector256.Create(a[5]);
            c5L = Vector256.FusedMultiplyAdd(x, left, c5L);
            c5R = Vector256.FusedMultiplyAdd(x, right, c5R);
            a += MatmulMicroKernel.Rows;
            b += 16;
        }

        StoreRow(c0L, c0R, c, addend, 0);
        StoreRow(c1L, c1R, c, addend, stride);
        StoreRow(c2L, c2R, c, addend, 2 * stride);
        StoreRow(c3L, c3R, c, addend, 3 * stride);
        StoreRow(c4L, c4R, c, addend, 4 * stride);
        StoreRow(c5L, c5R, c, addend, 5 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(Vector256<float> left, Vector256<float> right, float* c, float* addend, long offset)
    {
        if (addend != null)
        {
            left = Vector256.Load(addend + offset) + left;
            right = Vector256.Load(addend + offset + 8) + right;
        }

        left.Store(c + offset);
        right.Store(c + offset + 8);
    }
}
