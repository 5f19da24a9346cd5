namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The devices that tests share: opening one costs ILGPU most of a second.</summary>
internal static class TestDevices
{
    private static readonly Dictionary<int, Device> ByThreads = [];
    private static readonly Lazy<Device> Simulated = new(Device.OpenSimulatedWarps);

    /// <summary>The CPU device with two worker threads.</summary>
    public static Device Cpu => CpuWithThreads(2);

    /// <summary>The device that runs kernels for GPUs without one.</summary>
    public static Device SimulatedWarps => Simulated.Value;

    public static Device CpuWithThreads(int threads)
    {
        if (!ByThreads.TryGetValue(threads, out Device? device))
            ByThreads[threads] = device = Device.OpenCpu(threads);
        return device;
    }
}
