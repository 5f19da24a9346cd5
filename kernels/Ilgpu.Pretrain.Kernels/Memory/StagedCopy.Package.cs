using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Page-locked host memory and a stream of its own: what is written there goes to the device while kernels run on the
/// device's default stream. A device that is this process's memory is written at once, which allocates nothing: each of
/// ILGPU's copies makes an object.
/// </summary>
public sealed unsafe class StagedCopy<T> : IDisposable
    where T : unmanaged
{
    private readonly Device device;
    private readonly PageLockedArray1D<T> host;
    private readonly AcceleratorStream stream;
    private readonly bool isHostMemory;

    public StagedCopy(Device device, int length)
    {
        this.device = device;
        // The stream first: that makes the device the calling thread's, which ILGPU leaves out when it locks pages.
        stream = device.Accelerator.CreateStream();
        host = device.Accelerator.AllocatePageLocked1D<T>(length);
        isHostMemory = device.Kind is DeviceKind.Cpu or DeviceKind.SimulatedWarps;
    }

    /// <summary>The host memory; not to be written between <see cref="Begin"/> and <see cref="Complete"/>.</summary>
    public Span<T> Host => host.Span;

    /// <summary>Starts to copy all of it to a matrix of as many elements, which no kernel may be reading.</summary>
    public void Begin(in Tensor<T> target)
    {
        if (isHostMemory)
            Host.CopyTo(InHostMemory(target));
        else
            target.View.CopyFromPageLockedAsync<T, ILGPU.ArrayView<T>>(stream, host);
    }

    /// <summary>Returns when the copy is done.</summary>
    public void Complete() => stream.Synchronize();

    /// <summary>Copies a matrix of as many elements to the host memory, behind all that was launched; returns when the copy is done.</summary>
    public void Fetch(in Tensor<T> source)
    {
        device.Synchronize();
        if (isHostMemory)
        {
            InHostMemory(source).CopyTo(Host);
            return;
        }

        source.View.CopyToPageLockedAsync<T, ILGPU.ArrayView<T>>(stream, host);
        stream.Synchronize();
    }

    public void Dispose()
    {
        Device.IgnoringFailure(stream);
        Device.IgnoringFailure(host);
    }

    private static Span<T> InHostMemory(in Tensor<T> tensor) => new((void*)tensor.View.LoadEffectiveAddressAsPtr(), checked((int)tensor.Length));
}
