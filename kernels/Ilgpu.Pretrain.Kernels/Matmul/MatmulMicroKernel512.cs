using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>12 x 32 and 4 x 32 in 512-bit vectors: 24 sums, a row of B and a broadcast fill 27 of 32 registers.</summary>
internal static unsafe class MatmulMicroKernel512
{
    /// <summary>c = addend + a b for 12 rows of a packed panel of A and a packed panel of B; addend may be null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply12Rows(int depth, float* a, float* b, float* c, float* addend, long stride)
    {
        Vector512<float> c0L = Vector512<float>.Zero;
        Vector512<float> c0R = Vector512<float>.Zero;
        Vector512<float> c1L = Vector512<float>.Zero;
        Vector512<float> c1R = Vector512<float>.Zero;
        Vector512<float> c2L = Vector512<float>.Zero;
        Vector512<float> c2R = Vector512<float>.Zero;
        Vector512<float> c3L = Vector512<float>.Zero;
        Vector512<float> c3R = Vector512<float>.Zero;
        Vector512<float> c4L = Vector512<float>.Zero;
        Vector512<float> c4R = Vector512<float>.Zero;
        Vector512<float> c5L = Vector512<float>.Zero;
        Vector512<float> c5R = Vector512<float>.Zero;
        Vector512<float> c6L = Vector512<float>.Zero;
        Vector512<float> c6R = Vector512<float>.Zero;
        Vector512<float> c7L = Vector512<float>.Zero;
        Vector512<float> c7R = Vector512<float>.Zero;
        Vector512<float> c8L = Vector512<float>.Zero;
        Vector512<float> c8R = Vector512<float>.Zero;
        Vector512<float> c9L = Vector512<float>.Zero;
        Vector512<float> c9R = Vector512<float>.Zero;
        Vector512<float> c10L = Vector512<float>.Zero;
        Vector512<float> c10R = Vector512<float>.Zero;
        Vector512<float> c11L = Vector512<float>.Zero;
        Vector512<float> c11R = Vector512<float>.Zero;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> left = Vector512.Load(b);
            Vector512<float> right = Vector512.Load(b + 16);
            Vector512<float> x = Vector512.Create(a[0]);
            c0L = Vector512.FusedMultiplyAdd(x, left, c0L);
            c0R = Vector512.FusedMultiplyAdd(x, right, c0R);
            x = Vector512.Create(a[1]);
            c1L = Vector512.FusedMultiplyAdd(x, left, c1L);
            c1R = Vector512.FusedMultiplyAdd(x, right, c1R);
            x = Vector512.Create(a[2]);
            c2L = Vector512.FusedMultiplyAdd(x, left, c2L);
            c2R = Vector512.FusedMultiplyAdd(x, right, c2R);
            x = Vector512.Create(a[3]);
            c3L = Vector512.FusedMultiplyAdd(x, left, c3L);
            c3R = Vector512.FusedMultiplyAdd(x, right, c3R);
            x = Vector512.Create(a[4]);
            c4L = Vector512.FusedMultiplyAdd(x, left, c4L);
            c4R = Vector512.FusedMultiplyAdd(x, right, c4R);
            x = Vector512.Create(a[5]);
            c5L = Vector512.FusedMultiplyAdd(x, left, c5L);
            c5R = Vector512.FusedMultiplyAdd(x, right, c5R);
            x = Vector512.Create(a[6]);
            c6L = Vector512.FusedMultiplyAdd(x, left, c6L);
            c6R = Vector512.FusedMultiplyAdd(x, right, c6R);
            x = Vector512.Create(a[7]);
            c7L = Vector512.FusedMultiplyAdd(x, left, c7L);
            c7R = Vector512.FusedMultiplyAdd(x, right, c7R);
            x = Vector512.Create(a[8]);
            c8L = Vector512.FusedMultiplyAdd(x, left, c8L);
            c8R = Vector512.FusedMultiplyAdd(x, right, c8R);
            x = Vector512.Create(a[9]);
            c9L = Vector512.FusedMultiplyAdd(x, left, c9L);
            c9R = Vector512.FusedMultiplyAdd(x, right, c9R);
            x = Vector512.Create(a[10]);
            c10L = Vector512.FusedMultiplyAdd(x, left, c10L);
            c10R = Vector512.FusedMultiplyAdd(x, right, c10R);
            x = Vector512.Create(a[11]);
            c11L = Vector512.FusedMultiplyAdd(x, left, c11L);
            c11R = Vector512.FusedMultiplyAdd(x, right, c11R);
            a += MatmulMicroKernel.Rows;
            b += 32;
        }

        StoreRow(c0L, c0R, c, addend, 0);
        StoreRow(c1L, c1R, c, addend, stride);
        StoreRow(c2L, c2R, c, addend, 2 * stride);
        StoreRow(c3L, c3R, c, addend, 3 * stride);
        StoreRow(c4L, c4R, c, addend, 4 * stride);
        StoreRow(c5L, c5R, c, addend, 5 * stride);
        StoreRow(c6L, c6R, c, addend, 6 * stride);
        StoreRow(c7L, c7R, c, addend, 7 * stride);
        StoreRow(c8L, c8R, c, addend, 8 * stride);
        StoreRow(c9L, c9R, c, addend, 9 * stride);
        StoreRow(c10L, c10R, c, addend, 10 * stride);
        StoreRow(c11L, c11R, c, addend, 11 * stride);
    }

    /// <summary>c = addend + a b for 4 rows of a packed panel of A and a packed panel of B; addend may be null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply4Rows(int depth, float* a, float* b, float* c, float* addend, long stride)
    {
        Vector512<float> c0L = Vector512<float>.Zero;
        Vector512<float> c0R = Vector512<float>.Zero;
        Vector512<float> c1L = Vector512<float>.Zero;
        Vector512<float> c1R = Vector512<float>.Zero;
        Vector512<float> c2L = Vector512<float>.Zero;
        Vector512<float> c2R = Vector512<float>.Zero;
        Vector512<float> c3L = Vector512<float>.Zero;
        Vector512<float> c3R = Vector512<float>.Zero;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> left = Vector512.Load(b);
            Vector512<float> right = Vector512.Load(b + 16);
            Vector512<float> x = Vector512.Create(a[0]);
            c0L = Vector512.FusedMultiplyAdd(x, left, c0L);
            c0R = Vector512.FusedMultiplyAdd(x, right, c0R);
            x = Vector512.Create(a[1]);
            c1L = Vector512.FusedMultiplyAdd(x, left, c1L);
            c1R = Vector512.FusedMultiplyAdd(x, right, c1R);
            x = Vector512.Create(a[2]);
            c2L = Vector512.FusedMultiplyAdd(x, left, c2L);
            c2R = Vector512.FusedMultiplyAdd(x, right, c2R);
            x = Vector512.Create(a[3]);
            c3L = Vector512.FusedMultiplyAdd(x, left, c3L);
            c3R = Vector512.FusedMultiplyAdd(x, right, c3R);
            a += MatmulMicroKernel.Rows;
            b += 32;
        }

        StoreRow(c0L, c0R, c, addend, 0);
        StoreRow(c1L, c1R, c, addend, stride);
        StoreRow(c2L, c2R, c, addend, 2 * stride);
        StoreRow(c3L, c3R, c, addend, 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(Vector512<float> left, Vector512<float> right, float* c, float* addend, long offset)
    {
        if (addend != null)
        {
            left = Vector512.Load(addend + offset) + left;
            right = Vector512.Load(addend + offset + 16) + right;
        }

        left.Store(c + offset);
        right.Store(c + offset + 16);
    }
}
