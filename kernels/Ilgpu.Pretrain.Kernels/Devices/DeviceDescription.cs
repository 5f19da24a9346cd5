namespace Ilgpu.Pretrain.Kernels;

/// <summary>A device that can be opened here.</summary>
/// <param name="Specification">What <see cref="Device.Open"/> takes for it: <c>cpu</c>, <c>cuda:0</c>, <c>opencl:0</c>.</param>
/// <param name="Kind">What it runs on.</param>
/// <param name="Name">The hardware's own name.</param>
/// <param name="Threads">Worker threads for the CPU, multiprocessors for a GPU.</param>
/// <param name="MemoryBytes">Memory that a plan may fill, in bytes.</param>
public sealed record DeviceDescription(
    string Specification,
    DeviceKind Kind,
    string Name,
    int Threads,
    long MemoryBytes)
{
    /// <summary>An NVIDIA GPU's compute capability times ten, 80 for sm_80; null for other devices.</summary>
    public int? ComputeCapability { get; init; }

    /// <summary>Whether it multiplies bf16 matrices on tensor cores and copies to shared memory asynchronously, as sm_80 was the first to do.</summary>
    public bool HasTensorCores => ComputeCapability >= 80 || Kind == DeviceKind.SimulatedWarps;
}
