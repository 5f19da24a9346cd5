namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>One product on a device, from host memory and back.</summary>
internal static class MatmulRun
{
    public enum Addend
    {
        None,
        Other,
        Itself,
    }

    /// <param name="op">The rung.</param>
    /// <param name="device">Its device.</param>
    /// <param name="a">A as it lies in memory.</param>
    /// <param name="b">B as it lies in memory.</param>
    /// <param name="addend">M x N, unless kind is None.</param>
    /// <param name="kind">What the addend is.</param>
    /// <param name="layout">Which operand lies transposed.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="skipped">Elements that each matrix is shifted by from where its buffer starts.</param>
    public static float[] Multiply<T>(
        Matmul<T> op,
        Device device,
        T[] a,
        T[] b,
        float[]? addend,
        Addend kind,
        MatmulLayout layout,
        MatmulShape shape,
        int skipped = 0)
        where T : unmanaged
    {
        using var memory = new TestMemory(device);
        (Tensor<T> aTensor, Tensor<T> bTensor) = Operands(memory, a, b, layout, shape, skipped);
        float[] poison = new float[shape.M * shape.N];
        Array.Fill(poison, float.NaN);
        Tensor<float> c = Matrix(memory, kind == Addend.Itself ? addend! : poison, shape.M, shape.N, skipped);
        Tensor<float>? added = kind switch
        {
            Addend.Itself => c,
            Addend.Other => Matrix(memory, addend!, shape.M, shape.N, skipped),
            _ => null,
        };
        op.Multiply(c, aTensor, bTensor, layout, added);
        return c.ToArray();
    }

    public static T[] MultiplyRounded<T>(Matmul<T> op, Device device, T[] a, T[] b, T poison, MatmulLayout layout, MatmulShape shape, int skipped = 0)
        where T : unmanaged
    {
        using var memory = new TestMemory(device);
        (Tensor<T> aTensor, Tensor<T> bTensor) = Operands(memory, a, b, layout, shape, skipped);
        var poisoned = new T[shape.M * shape.N];
        Array.Fill(poisoned, poison);
        Tensor<T> c = Matrix(memory, poisoned, shape.M, shape.N, skipped);
        op.MultiplyRounded(c, aTensor, bTensor, layout);
        return c.ToArray();
    }

    public static T[] Row<T>(T[] matrix, int row, int columns) => matrix[(row * columns)..((row + 1) * columns)];

    public static T[] Transposed<T>(T[] matrix, int rows, int columns)
    {
        var transposed = new T[matrix.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                transposed[(column * rows) + row] = matrix[(row * columns) + column];
        }

        return transposed;
    }

    private static (Tensor<T> A, Tensor<T> B) Operands<T>(TestMemory memory, T[] a, T[] b, MatmulLayout layout, MatmulShape shape, int skipped)
        where T : unmanaged =>
        (layout == MatmulLayout.TN ? Matrix(memory, a, shape.K, shape.M, skipped) : Matrix(memory, a, shape.M, shape.K, skipped),
            layout == MatmulLayout.NT ? Matrix(memory, b, shape.N, shape.K, skipped) : Matrix(memory, b, shape.K, shape.N, skipped));

    /// <summary>What lies around the matrix in its buffer is zero.</summary>
    private static Tensor<T> Matrix<T>(TestMemory memory, T[] values, int rows, int columns, int skipped)
        where T : unmanaged
    {
        Tensor<T> buffer = memory.Allocate<T>(1, skipped + Math.Max(1, values.Length));
        var matrix = new Tensor<T>(buffer.View.SubView(skipped, values.Length), rows, columns);
        matrix.CopyFrom(values);
        return matrix;
    }
}
