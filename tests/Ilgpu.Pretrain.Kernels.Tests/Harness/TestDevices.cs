namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// The devices that tests share: opening one costs ILGPU most of a second. The environment variable
/// PRETRAIN_TEST_DEVICE names a GPU (cuda:0) to run kernels for GPUs on instead of simulated warps; those of the Naive
/// rungs then run there too, instead of on the CPU.
/// </summary>
internal static class TestDevices
{
    private const string Variable = "PRETRAIN_TEST_DEVICE";
    private const string SimulatedWarpsName = "simulated-warps";

    private static readonly Dictionary<int, Device> ByThreads = [];
    private static readonly Lazy<Device> ForGpuKernels = new(() => IsGpuChosen ? Device.Open(Chosen) : Device.OpenSimulatedWarps());

    /// <summary>The CPU device with two worker threads.</summary>
    public static Device Cpu => CpuWithThreads(2);

    /// <summary>The device that runs kernels for GPUs: simulated warps, or the GPU that was chosen.</summary>
    public static Device SimulatedWarps => ForGpuKernels.Value;

    public static Device CpuWithThreads(int threads)
    {
        if (IsGpuChosen && IsOfNaiveRung)
            return ForGpuKernels.Value;
        if (!ByThreads.TryGetValue(threads, out Device? device))
            ByThreads[threads] = device = Device.OpenCpu(threads);
        return device;
    }

    private static string? Chosen { get; } = Environment.GetEnvironmentVariable(Variable);

    private static bool IsGpuChosen => Chosen is not (null or "" or SimulatedWarpsName);

    /// <summary>Whether the test that runs is of a class named after the rung.</summary>
    private static bool IsOfNaiveRung =>
        TestContext.Current.TestClass?.TestClassName.Contains(nameof(Rung.Naive), StringComparison.Ordinal) == true;
}
