using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread an element of C.</summary>
internal sealed class MatmulNaive : Matmul
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, int, int> multiply;

    public MatmulNaive(Device device) =>
        multiply = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, int, int>(MultiplyElement);

    private protected override void Launch(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        MatmulShape shape,
        Tensor<float>? addend) =>
        multiply(
            checked(shape.M * shape.N),
            c.View,
            a.View,
            b.View,
            (addend ?? c).View,
            shape.N,
            shape.K,
            layout == MatmulLayout.TN ? shape.M : 0,
            layout == MatmulLayout.NT ? 1 : 0,
            addend is null ? 0 : 1);

    /// <param name="index">row * columns + column of C.</param>
    /// <param name="c">rows x columns.</param>
    /// <param name="a">rows x depth, or depth x rows.</param>
    /// <param name="b">depth x columns, or columns x depth.</param>
    /// <param name="addend">rows x columns.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">K.</param>
    /// <param name="transposedRows">M where A lies transposed, else 0.</param>
    /// <param name="bTransposed">Whether B lies transposed.</param>
    /// <param name="hasAddend">Whether addend is read.</param>
    private static void MultiplyElement(
        Index1D index,
        ArrayView<float> c,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> addend,
        int columns,
        int depth,
        int transposedRows,
        int bTransposed,
        int hasAddend)
    {
        int row = index / columns;
        int column = index - (row * columns);
        long aStart = transposedRows != 0 ? row : (long)row * depth;
        long aStep = transposedRows != 0 ? transposedRows : 1;
        long bStart = bTransposed != 0 ? (long)column * depth : column;
        long bStep = bTransposed != 0 ? 1 : columns;
        float sum = 0;
        for (int k = 0; k < depth; k++)
            sum += a[aStart + (k * aStep)] * b[bStart + (k * bStep)];
        c[index] = hasAddend != 0 ? addend[index] + sum : sum;
    }
}
