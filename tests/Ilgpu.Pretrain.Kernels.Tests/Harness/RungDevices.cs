namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The devices that a rung's tests run on.</summary>
internal static class RungDevices
{
    /// <summary>The CPU with two threads, or simulated warps for what is written for GPUs.</summary>
    public static Device Usual(Rung rung) => Simulated(rung) ? TestDevices.SimulatedWarps : TestDevices.Cpu;

    /// <summary>The CPU with one thread; simulated warps again, whose threads come in another order each time.</summary>
    public static Device Other(Rung rung) => Simulated(rung) ? TestDevices.SimulatedWarps : TestDevices.CpuWithThreads(1);

    /// <summary>A count, or the few of it that simulated warps take: a group of theirs costs milliseconds.</summary>
    public static int AtMost(Rung rung, int few, int count) => Simulated(rung) ? Math.Min(few, count) : count;

    private static bool Simulated(Rung rung) => rung is Rung.Gpu or Rung.TensorCore;
}
