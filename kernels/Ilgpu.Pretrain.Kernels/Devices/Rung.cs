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
}
