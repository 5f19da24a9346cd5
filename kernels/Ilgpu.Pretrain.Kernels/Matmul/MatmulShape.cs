namespace Ilgpu.Pretrain.Kernels;

/// <summary>The three extents of a product: C is M x N, the sum runs over K.</summary>
public readonly record struct MatmulShape(int M, int N, int K)
{
    /// <summary>A multiplication and an addition counted apart.</summary>
    public double Flops => 2.0 * M * N * K;

    /// <summary>The extents of <c>c = a b</c> in the given layout, all shapes checked.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit each other; the message gives them.</exception>
    public static MatmulShape Of<TC, T>(in Tensor<TC> c, in Tensor<T> a, in Tensor<T> b, MatmulLayout layout)
        where TC : unmanaged
        where T : unmanaged
    {
        (int m, int k) = layout == MatmulLayout.TN ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        (int n, int kOfB) = layout == MatmulLayout.NT ? (b.Rows, b.Columns) : (b.Columns, b.Rows);
        if (k != kOfB || c.Rows != m || c.Columns != n)
            throw new ArgumentException($"Matmul {layout} cannot give {c} from {a} and {b}.");
        return new MatmulShape(m, n, k);
    }
}
