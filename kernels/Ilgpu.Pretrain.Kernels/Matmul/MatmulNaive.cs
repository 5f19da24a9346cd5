using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread an element of C.</summary>
internal sealed class MatmulNaive<T, TStorage> : Matmul<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<T>, ArrayView<T>, ArrayView<float>, int, int, int, int, int> multiply;
    private readonly Action<Index1D, ArrayView<T>, ArrayView<T>, ArrayView<T>, int, int, int, int> multiplyRounded;

    public MatmulNaive(Device device)
    {
        multiply = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<T>, ArrayView<T>, ArrayView<float>, int, int, int, int, int>(MultiplyElement));
        multiplyRounded = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<T>, ArrayView<T>, int, int, int, int>(MultiplyRoundedElement));
    }

    private protected override void Launch(
        in Tensor<float> c,
        in Tensor<T> a,
        in Tensor<T> b,
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

    private protected override void LaunchRounded(
        in Tensor<T> c,
        in Tensor<T> a,
        in Tensor<T> b,
        MatmulLayout layout,
        MatmulShape shape) =>
        multiplyRounded(
            checked(shape.M * shape.N),
            c.View,
            a.View,
            b.View,
            shape.N,
            shape.K,
            layout == MatmulLayout.TN ? shape.M : 0,
            layout == MatmulLayout.NT ? 1 : 0);

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
        ArrayView<T> a,
        ArrayView<T> b,
        ArrayView<float> addend,
        int columns,
        int depth,
        int transposedRows,
        int bTransposed,
        int hasAddend)
    {
        float sum = Dot(index, a, b, columns, depth, transposedRows, bTransposed);
        c[index] = hasAddend != 0 ? addend[index] + sum : sum;
    }

    private static void MultiplyRoundedElement(
        Index1D index,
        ArrayView<T> c,
        ArrayView<T> a,
        ArrayView<T> b,
        int columns,
        int depth,
        int transposedRows,
        int bTransposed) =>
        c[index] = TStorage.FromSingle(Dot(index, a, b, columns, depth, transposedRows, bTransposed));

    private static float Dot(int index, ArrayView<T> a, ArrayView<T> b, int columns, int depth, int transposedRows, int bTransposed)
    {
        int row = index / columns;
        int column = index - (row * columns);
        long aStart = transposedRows != 0 ? row : (long)row * depth;
        long aStep = transposedRows != 0 ? transposedRows : 1;
        long bStart = bTransposed != 0 ? (long)column * depth : column;
        long bStep = bTransposed != 0 ? 1 : columns;
        float sum = 0;
        for (int k = 0; k < depth; k++)
            sum += TStorage.ToSingle(a[aStart + (k * aStep)]) * TStorage.ToSingle(b[bStart + (k * bStep)]);
        return sum;
    }
}
