using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One allocation on a device, cut into the matrices of a <see cref="SlabLayout"/>.</summary>
public sealed class Slab<T> : IDisposable
    where T : unmanaged
{
    private readonly DeviceBuffer<T> buffer;
    private readonly long length;

    public Slab(Device device, SlabLayout layout)
        : this(device, layout, 0, layout.Length)
    {
    }

    /// <summary>A part of the layout alone: its elements from <paramref name="first"/> on, <paramref name="length"/> of them.</summary>
    public Slab(Device device, SlabLayout layout, long first, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + length, layout.Length, nameof(length));
        Layout = layout;
        First = first;
        this.length = length;
        buffer = device.Allocate<T>(Math.Max(1, length));
    }

    public SlabLayout Layout { get; }

    /// <summary>The layout's element that the slab starts with.</summary>
    public long First { get; }

    /// <summary>All elements, gaps included (gaps stay zero).</summary>
    public ArrayView<T> View => buffer.View;

    /// <summary>The first so many elements of the slab.</summary>
    public ArrayView<T> Leading(long elements) => buffer.View.SubView(0, elements);

    public Tensor<T> this[SlabEntry entry] =>
        new(buffer.View.SubView(entry.Offset - First, entry.Length), entry.Rows, entry.Columns);

    /// <summary>Whether the matrix lies in the slab's part of the layout.</summary>
    public bool Holds(SlabEntry entry) => entry.Offset >= First && entry.Offset + entry.Length <= First + length;

    public void Dispose() => buffer.Dispose();
}
