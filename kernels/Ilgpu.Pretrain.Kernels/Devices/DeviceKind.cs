namespace Ilgpu.Pretrain.Kernels;

/// <summary>What a <see cref="Device"/> runs on.</summary>
public enum DeviceKind
{
    /// <summary>ILGPU's CPU accelerator.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,

    /// <summary>A GPU that ILGPU reaches through OpenCL.</summary>
    OpenCl,

    /// <summary>Threads of this process that make up warps of 32, one group at a time: GPU kernels run there, slowly, for tests.</summary>
    SimulatedWarps,
}
