namespace ILGPU.Runtime.CPU;

/// <summary>Runs kernels on threads of this process.</summary>
public sealed class CPUAccelerator : Accelerator
{
    internal CPUAccelerator(CPUDevice device)
        : base(device.NumMultiprocessors, device.MostThreadsPerGroup)
    {
    }
}
