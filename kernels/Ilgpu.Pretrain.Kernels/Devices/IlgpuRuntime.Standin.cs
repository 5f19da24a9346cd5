using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The ILGPU that this build was compiled against: here the stand-in.</summary>
public static class IlgpuRuntime
{
    /// <summary>Warps of a simulated group at most: 256 threads.</summary>
    private const int SimulatedWarps = 8;

    /// <summary><c>package</c> or <c>standin</c>.</summary>
    public const string Kind = "standin";

    /// <summary>One line for people.</summary>
    public static string Description => "the stand-in for ILGPU 1.5.3 (no package; CPU only)";

    internal static (IDisposable Context, Accelerator Accelerator) CreateCpu(int threads)
    {
        var device = new CPUDevice(numThreadsPerWarp: 2, numWarpsPerMultiprocessor: 1, numMultiprocessors: threads);
        var context = Context.Create(builder => builder.CPU(device).EnableAlgorithms());
        return (context, context.CreateCPUAccelerator(0, CPUAcceleratorMode.Parallel));
    }

    internal static (IDisposable Context, Accelerator Accelerator) CreateSimulatedWarps()
    {
        var device = new CPUDevice(WarpPad.Lanes, SimulatedWarps, numMultiprocessors: 1);
        var context = Context.Create(builder => builder.CPU(device).EnableAlgorithms());
        return (context, context.CreateCPUAccelerator(0, CPUAcceleratorMode.Parallel));
    }

    /// <summary>Kernels run in this process: there is no device to fail.</summary>
    internal static bool IsDeviceFailure(Exception exception) => false;

    internal static IEnumerable<DeviceDescription> ListGpus() => [];

    /// <summary>Why none of the devices is a CUDA device, for people.</summary>
    public static string? WhyNoCuda() => "the stand-in for ILGPU has none";

    internal static (DeviceDescription Description, IDisposable Context, Accelerator Accelerator) OpenGpu(string specification) =>
        throw new DeviceUnavailableException(
            $"'{specification}' needs ILGPU, and this build has only its stand-in: put the packages ILGPU and ILGPU.Algorithms 1.5.3 "
            + "on a NuGet source that 'dotnet nuget list source' shows and build again.");
}
