using System.Diagnostics.CodeAnalysis;

namespace ILGPU;

/// <summary>
/// A range of a buffer's elements; what kernels take. It does not keep its buffer alive: using it after the buffer was
/// disposed is undefined.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly unsafe struct ArrayView<T> : IContiguousArrayView<T>
    where T : unmanaged
{
    private readonly T* first;

    internal ArrayView(T* first, long length)
    {
        this.first = first;
        Length = length;
    }

    public long Length { get; }

    public long LengthInBytes => Length * sizeof(T);

    nint IContiguousArrayView.Address => (nint)first;

    /// <exception cref="ArgumentOutOfRangeException">The view has no such element.</exception>
    public ref T this[long index]
    {
        get
        {
            if ((ulong)index >= (ulong)Length)
                ThrowNoSuchElement(index);
            return ref first[index];
        }
    }

    /// <inheritdoc cref="this[long]"/>
    public ref T this[int index] => ref this[(long)index];

    /// <inheritdoc cref="this[long]"/>
    public ref T this[Index1D index] => ref this[(long)index.X];

    /// <summary>The <paramref name="subViewLength"/> elements from <paramref name="index"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not all lie in this view, or the first is past its end.</exception>
    public ArrayView<T> SubView(long index, long subViewLength)
    {
        bool startsInside = (ulong)index < (ulong)Length || (index == 0 && Length == 0);
        if (!startsInside)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The view has {Length} elements.");
        if (subViewLength < 0 || subViewLength > Length - index)
            throw new ArgumentOutOfRangeException(nameof(subViewLength), subViewLength, $"The view has {Length - index} elements from {index} on.");
        return new ArrayView<T>(first + index, subViewLength);
    }

    /// <summary>The same memory as elements of another type, as many as fit whole.</summary>
    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged =>
        new((TOther*)first, Length * sizeof(T) / sizeof(TOther));

    [DoesNotReturn]
    private void ThrowNoSuchElement(long index) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, $"The view has {Length} elements.");
}
