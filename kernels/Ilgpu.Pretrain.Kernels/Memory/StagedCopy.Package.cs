using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Page-locked host memory and a stream of its own: what is written there goes to the device while kernels run on the
/// device's default stream.
/// </summary>
public sealed class StagedCopy<T> : IDisposable
    where T : unmanaged
{
    private readonly PageLockedArray1D<T> host;
    private readonly AcceleratorStream stream;

    public StagedCopy(Device device, int length)
    {
        // The stream first: that makes the device the calling thread's, which ILGPU leaves out when it locks pages.
        stream = device.Accelerator.CreateStream();
        host = device.Accelerator.AllocatePageLocked1D<T>(length);
    }

    /// <summary>The host memory; not to be written between <see cref="Begin"/> and <see cref="Complete"/>.</summary>
    public Span<T> Host => host.Span;

    /// <summary>Starts to copy all of it to a matrix of as many elements, which no kernel may be reading.</summary>
    public void Begin(in Tensor<T> target) => target.View.CopyFromPageLockedAsync<T, ILGPU.ArrayView<T>>(stream, host);

    /// <summary>Returns when the copy is done.</summary>
    public void Complete() => stream.Synchronize();

    public void Dispose()
    {
        Device.IgnoringFailure(stream);
        Device.IgnoringFailure(host);
    }
}
