using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A row-major matrix in device memory: a view with its shape. Everything in a transformer is a matrix here; activations
/// are tokens x features, and a vector is one row.
/// </summary>
public readonly unsafe struct Tensor<T>
    where T : unmanaged
{
    /// <exception cref="ArgumentException">The view does not hold rows * columns elements.</exception>
    public Tensor(ArrayView<T> view, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (view.Length != (long)rows * columns)
            throw new ArgumentException($"A view of {view.Length} elements is not {rows} x {columns}.", nameof(view));
        View = view;
        Rows = rows;
        Columns = columns;
    }

    public ArrayView<T> View { get; }

    public int Rows { get; }

    public int Columns { get; }

    public long Length => (long)Rows * Columns;

    /// <summary>Rows <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1, in place.</summary>
    public Tensor<T> RowRange(int first, int count) =>
        new(View.SubView((long)first * Columns, (long)count * Columns), count, Columns);

    /// <summary>Elements <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1 of a vector, in place.</summary>
    /// <exception cref="InvalidOperationException">It has more than one row.</exception>
    public Tensor<T> Stretch(int first, int count) => Rows == 1
        ? new(View.SubView(first, count), 1, count)
        : throw new InvalidOperationException($"A stretch is taken of one row; there are {Rows}.");

    /// <summary>The same elements under another shape.</summary>
    public Tensor<T> Reshape(int rows, int columns) => new(View, rows, columns);

    /// <summary>Copies from host memory; returns when the copy is done.</summary>
    public void CopyFrom(ReadOnlySpan<T> source)
    {
        if (source.Length != Length)
            throw new ArgumentException($"{source.Length} elements do not fill {Rows} x {Columns}.", nameof(source));
        if (Length == 0)
            return;
        // ILGPU keeps the address, not the reference: unpinned, an array that the collector moves is copied from where it was.
        fixed (T* pinned = source)
            View.CopyFromCPU(ref *pinned, Length);
    }

    /// <summary>Copies to host memory; returns when the copy is done.</summary>
    public void CopyTo(Span<T> target)
    {
        if (target.Length != Length)
            throw new ArgumentException($"{target.Length} elements do not take {Rows} x {Columns}.", nameof(target));
        if (Length == 0)
            return;
        fixed (T* pinned = target)
            View.CopyToCPU(ref *pinned, Length);
    }

    public T[] ToArray()
    {
        var array = new T[Length];
        CopyTo(array);
        return array;
    }

    public void Clear() => View.MemSetToZero();

    public override string ToString() => $"{Rows} x {Columns}";
}
