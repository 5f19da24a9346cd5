using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The ILGPU that this build was compiled against: here the package.</summary>
public static class IlgpuRuntime
{
    /// <summary>Warps of a simulated group at most: 256 threads.</summary>
    private const int SimulatedWarps = 8;

    /// <summary>
    /// ILGPU starts a multiprocessor's threads when a group first needs them, if there are more than 32 of them. Those it has
    /// started are woken and waited for in every launch, whether the group is so large or not.
    /// </summary>
    private const int WarpsOfLazyThreads = 32;

    /// <summary>What the driver takes for itself and for kernels' code.</summary>
    private const long CudaContextBytes = 512L << 20;

    /// <summary><c>package</c> or <c>standin</c>.</summary>
    public const string Kind = "package";

    /// <summary>One line for people.</summary>
    public static string Description => $"ILGPU {Context.Version}, from the package feed";

    internal static (IDisposable Context, Accelerator Accelerator) CreateCpu(int threads)
    {
        // Two threads a warp is the least that ILGPU takes; a group of one then keeps one worker thread per
        // multiprocessor busy.
        var device = new CPUDevice(numThreadsPerWarp: 2, WarpsOfLazyThreads, numMultiprocessors: threads);
        var context = Context.Create(builder => builder.CPU(device).EnableAlgorithms().Optimize(OptimizationLevel.O2));
        return (context, context.CreateCPUAccelerator(0, CPUAcceleratorMode.Parallel));
    }

    internal static (IDisposable Context, Accelerator Accelerator) CreateSimulatedWarps()
    {
        var device = new CPUDevice(WarpPad.Lanes, SimulatedWarps, numMultiprocessors: 1);
        var context = Context.Create(builder => builder.CPU(device).EnableAlgorithms().Optimize(OptimizationLevel.O2));
        return (context, context.CreateCPUAccelerator(0, CPUAcceleratorMode.Parallel));
    }

    internal static bool IsDeviceFailure(Exception exception) => exception is AcceleratorException;

    internal static IEnumerable<DeviceDescription> ListGpus()
    {
        using Context context = CreateGpuContext();
        return [.. Gpus(context).Select(gpu => gpu.Description)];
    }

    /// <summary>Why none of the devices is a CUDA device, for people; null where the driver works and knows of none.</summary>
    public static string? WhyNoCuda() => CudaDriver.WhyUnusable();

    internal static (DeviceDescription Description, IDisposable Context, Accelerator Accelerator) OpenGpu(string specification)
    {
        Context context = CreateGpuContext();
        foreach ((DeviceDescription description, ILGPU.Runtime.Device device) in Gpus(context))
        {
            if (description.Specification != specification)
                continue;
            Accelerator accelerator = device.CreateAccelerator(context);
            // Other programs may have taken of its memory.
            return accelerator is CudaAccelerator cuda
                ? (description with { MemoryBytes = Math.Min(description.MemoryBytes, cuda.GetFreeMemory()) }, context, accelerator)
                : (description, context, accelerator);
        }

        string found = string.Join(", ", Gpus(context).Select(gpu => gpu.Description.Specification).Append("cpu"));
        context.Dispose();
        string reason = specification.StartsWith("cuda", StringComparison.Ordinal) && WhyNoCuda() is { } why ? $": {why}" : "";
        throw new DeviceUnavailableException($"There is no device '{specification}' on this machine{reason}; there is: {found}.");
    }

    private static Context CreateGpuContext()
    {
        var context = Context.Create(builder => builder.Cuda().OpenCL().EnableAlgorithms().Optimize(OptimizationLevel.O2));
        PtxIntrinsics.Register(context);
        return context;
    }

    private static IEnumerable<(DeviceDescription Description, ILGPU.Runtime.Device Device)> Gpus(Context context)
    {
        int cuda = 0;
        int openCl = 0;
        foreach (ILGPU.Runtime.Device device in context.Devices)
        {
            (string? specification, DeviceKind kind) = device.AcceleratorType switch
            {
                AcceleratorType.Cuda => ($"cuda:{cuda++}", DeviceKind.Cuda),
                AcceleratorType.OpenCL => ($"opencl:{openCl++}", DeviceKind.OpenCl),
                _ => ((string?)null, DeviceKind.Cpu),
            };
            if (specification is null)
                continue;
            yield return (
                new DeviceDescription(specification, kind, device.Name, device.NumMultiprocessors, device.MemorySize - (kind == DeviceKind.Cuda ? CudaContextBytes : 0))
                {
                    ComputeCapability = device is CudaDevice { Architecture: { } architecture } ? (architecture.Major * 10) + architecture.Minor : null,
                },
                device);
        }
    }
}
