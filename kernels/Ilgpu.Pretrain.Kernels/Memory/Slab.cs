using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One allocation on a device, cut into the matrices of a <see cref="SlabLayout"/>.</summary>
public sealed class Slab<T> : IDisposable
    where T : unmanaged
{
    private readonly DeviceBuffer<T> buffer;

    public Slab(Device device, SlabLayout layout)
    {
        Layout = layout;
        buffer = device.Allocate<T>(Math.Max(1, layout.Length));
    }

    public SlabLayout Layout { get; }

    /// <summary>All elements, gaps included (gaps stay zero).</summary>
    public ArrayView<T> View => buffer.View;

    public Tensor<T> this[SlabEntry entry] =>
        new(buffer.View.SubView(entry.Offset, entry.Length), entry.Rows, entry.Columns);

    public void Dispose() => buffer.Dispose();
}
