namespace Ilgpu.Pretrain.Kernels;

/// <summary>Host memory that is copied to the device; the stand-in's device is this process, so nothing is gained by doing it beside its kernels.</summary>
public sealed class StagedCopy<T>(Device device, int length) : IDisposable
    where T : unmanaged
{
    private readonly T[] host = new T[length];

    /// <summary>The host memory; not to be written between <see cref="Begin"/> and <see cref="Complete"/>.</summary>
    public Span<T> Host => host;

    /// <summary>Copies all of it to a matrix of as many elements, which no kernel may be reading.</summary>
    public void Begin(in Tensor<T> target) => target.CopyFrom(host);

    /// <summary>Returns when the copy is done.</summary>
    public void Complete() => device.Synchronize();

    /// <summary>Copies a matrix of as many elements to the host memory.</summary>
    public void Fetch(in Tensor<T> source) => source.CopyTo(host);

    public void Dispose()
    {
    }
}
