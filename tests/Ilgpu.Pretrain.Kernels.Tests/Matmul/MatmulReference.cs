namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Matrix products in fp64, written from the formula.</summary>
internal static class MatmulReference
{
    public static double[] Multiply(double[] a, double[] b, double[]? addend, MatmulLayout layout, MatmulShape shape)
    {
        (int m, int n, int k) = shape;
        var c = new double[m * n];
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                double sum = addend?[(row * n) + column] ?? 0;
                for (int i = 0; i < k; i++)
                    sum += a[IndexOfA(layout, shape, row, i)] * b[IndexOfB(layout, shape, i, column)];
                c[(row * n) + column] = sum;
            }
        }

        return c;
    }

    public static int IndexOfA(MatmulLayout layout, MatmulShape shape, int row, int k) =>
        layout == MatmulLayout.TN ? (k * shape.M) + row : (row * shape.K) + k;

    public static int IndexOfB(MatmulLayout layout, MatmulShape shape, int k, int column) =>
        layout == MatmulLayout.NT ? (column * shape.K) + k : (k * shape.N) + column;
}
