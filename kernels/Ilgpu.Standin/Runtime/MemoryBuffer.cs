namespace ILGPU.Runtime;

/// <summary>Memory of an accelerator; it belongs to its creator and is freed when disposed, or with its accelerator.</summary>
public abstract class MemoryBuffer : IDisposable
{
    private protected MemoryBuffer(long length, int elementSize)
    {
        Length = length;
        ElementSize = elementSize;
    }

    /// <summary>The address of the first element; zero once disposed.</summary>
    public nint NativePtr { get; private protected set; }

    /// <summary>Length in elements.</summary>
    public long Length { get; }

    /// <summary>Bytes an element.</summary>
    public int ElementSize { get; }

    /// <summary>A view of <paramref name="length"/> elements from <paramref name="offset"/> on.</summary>
    /// <exception cref="NotSupportedException">The buffer's elements are of another size.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The elements do not all lie in the buffer.</exception>
    public unsafe ArrayView<T> AsArrayView<T>(long offset, long length)
        where T : unmanaged
    {
        if (sizeof(T) != ElementSize)
            throw new NotSupportedException($"{typeof(T)} has {sizeof(T)} bytes, the buffer's elements have {ElementSize}.");
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        return new ArrayView<T>((T*)NativePtr + offset, length);
    }

    public abstract void Dispose();
}
