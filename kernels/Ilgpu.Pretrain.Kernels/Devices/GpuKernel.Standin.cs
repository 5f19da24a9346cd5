namespace Ilgpu.Pretrain.Kernels;

internal sealed partial record GpuKernel
{
    /// <exception cref="DeviceUnavailableException">Always: PTX is made by ILGPU.</exception>
    public string Compile() => throw new DeviceUnavailableException($"PTX of {Name} needs ILGPU; this build has {IlgpuRuntime.Description}.");
}
