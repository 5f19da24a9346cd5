namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The rungs of an op's ladder, slowest first. A caller names an op and the device picks the highest rung that it can
/// run; tests and benchmarks ask for one by name.
/// </summary>
public enum Rung
{
    /// <summary>One thread an output element, on every accelerator: what the others are checked against.</summary>
    Naive,

    /// <summary>Coarse tiles, each one call of a method in plain .NET SIMD: ILGPU's CPU accelerator only.</summary>
    Cpu,

    /// <summary>Groups of warps with shared memory, shuffles and 16-byte loads: NVIDIA GPUs, and simulated warps.</summary>
    Gpu,

    /// <summary>bf16 products on tensor cores with fp32 accumulation: NVIDIA GPUs from sm_80 on, and simulated warps.</summary>
    TensorCore,
}
