namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Muon in fp64, written from Jordan's description: momentum, the Newton-Schulz iteration, the update.</summary>
internal static class MuonReference
{
    /// <summary>The new momentum, and what is orthogonalised: Nesterov's look ahead, divided by its Frobenius norm.</summary>
    public static (double[] Momentum, double[] Direction) Momentum(double[] momentum, double[] gradient, double clip, double decay)
    {
        double[] moved = [.. momentum.Zip(gradient, (m, g) => (decay * m) + (clip * g))];
        double[] ahead = [.. moved.Zip(gradient, (m, g) => (decay * m) + (clip * g))];
        double norm = Math.Sqrt(ahead.Sum(value => value * value));
        return (moved, [.. ahead.Select(value => norm == 0 ? 0 : value / norm)]);
    }

    /// <summary>One iteration on rows x columns: <c>X = a X + (b G + c G^2) X</c>, with G = X X^T whatever the shape.</summary>
    public static double[] Iterate(double[] x, int rows, int columns)
    {
        double[] gram = Product(x, Transposed(x, rows, columns), rows, columns, rows);
        double[] square = Product(gram, gram, rows, rows, rows);
        double[] factor = [.. gram.Zip(square, (g, s) => (-4.7750 * g) + (2.0315 * s))];
        return [.. x.Zip(Product(factor, x, rows, rows, columns), (value, rest) => (3.4445 * value) + rest)];
    }

    public static double[] Iterate(double[] x, int rows, int columns, int iterations)
    {
        for (int i = 0; i < iterations; i++)
            x = Iterate(x, rows, columns);
        return x;
    }

    public static double[] Product(double[] a, double[] b, int rows, int depth, int columns)
    {
        var c = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < depth; k++)
            {
                for (int j = 0; j < columns; j++)
                    c[(i * columns) + j] += a[(i * depth) + k] * b[(k * columns) + j];
            }
        }

        return c;
    }

    public static double[] Transposed(double[] x, int rows, int columns) =>
        [.. Enumerable.Range(0, x.Length).Select(i => x[(i % rows * columns) + (i / rows)])];

    /// <summary>
    /// <c>U S V^T</c> of a matrix, by one-sided Jacobi rotations (Hestenes 1958) of the columns of it or of its transpose: as many
    /// singular values as its smaller extent, U rows x that, V columns x that.
    /// </summary>
    public static (double[] U, double[] Values, double[] V) Decompose(double[] matrix, int rows, int columns)
    {
        if (rows < columns)
        {
            (double[] left, double[] turned, double[] right) = Decompose(Transposed(matrix, rows, columns), columns, rows);
            return (right, turned, left);
        }

        double[] u = [.. matrix];
        var v = new double[columns * columns];
        for (int i = 0; i < columns; i++)
            v[(i * columns) + i] = 1;
        for (bool rotated = true; rotated;)
        {
            rotated = false;
            for (int p = 0; p < columns; p++)
            {
                for (int q = p + 1; q < columns; q++)
                    rotated |= Orthogonalize(u, v, rows, columns, p, q);
            }
        }

        var values = new double[columns];
        for (int j = 0; j < columns; j++)
        {
            values[j] = Math.Sqrt(Dot(u, rows, columns, j, j));
            for (int i = 0; i < rows && values[j] > 0; i++)
                u[(i * columns) + j] /= values[j];
        }

        return (u, values, v);
    }

    private static bool Orthogonalize(double[] u, double[] v, int rows, int columns, int p, int q)
    {
        double alpha = Dot(u, rows, columns, p, p);
        double beta = Dot(u, rows, columns, q, q);
        double gamma = Dot(u, rows, columns, p, q);
        if (Math.Abs(gamma) <= 1e-14 * Math.Sqrt(alpha * beta))
            return false;
        double zeta = (beta - alpha) / (2 * gamma);
        double tangent = (zeta < 0 ? -1 : 1) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
        double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
        Rotate(u, rows, columns, p, q, cosine, cosine * tangent);
        Rotate(v, columns, columns, p, q, cosine, cosine * tangent);
        return true;
    }

    private static double Dot(double[] x, int rows, int columns, int p, int q)
    {
        double sum = 0;
        for (int i = 0; i < rows; i++)
            sum += x[(i * columns) + p] * x[(i * columns) + q];
        return sum;
    }

    private static void Rotate(double[] x, int rows, int columns, int p, int q, double cosine, double sine)
    {
        for (int i = 0; i < rows; i++)
        {
            (double left, double right) = (x[(i * columns) + p], x[(i * columns) + q]);
            x[(i * columns) + p] = (cosine * left) - (sine * right);
            x[(i * columns) + q] = (sine * left) + (cosine * right);
        }
    }
}
