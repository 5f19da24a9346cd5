using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Zeroed device memory that starts at a multiple of 256 bytes, as ILGPU's PTX code assumes of every view.</summary>
public sealed class DeviceBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 256;
    private readonly MemoryBuffer memory;

    internal DeviceBuffer(Device device, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        int elementSize = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        memory = device.Accelerator.AllocateRaw(length + (Alignment / elementSize), elementSize);
        long misaligned = memory.NativePtr % Alignment;
        long skipped = misaligned == 0 ? 0 : (Alignment - misaligned) / elementSize;
        View = memory.AsArrayView<T>(skipped, length);
        View.MemSetToZero();
        device.Synchronize();
    }

    public ArrayView<T> View { get; }

    public void Dispose() => Device.IgnoringFailure(memory);
}
