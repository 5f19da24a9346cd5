using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// An accelerator that kernels are launched on: ILGPU's CPU accelerator, or a GPU. Ops are created for a device and
/// launch on its default stream; <see cref="Synchronize"/> waits for what was launched.
/// </summary>
/// <remarks>A device is used from one thread at a time.</remarks>
public sealed class Device : IDisposable
{
    private const string SimulatedWarps = "simulated-warps";

    private readonly IDisposable context;
    private LaunchProfile? profile;

    private Device(DeviceDescription description, IDisposable context, Accelerator accelerator)
    {
        Description = description;
        this.context = context;
        Accelerator = accelerator;
    }

    public DeviceDescription Description { get; }

    /// <summary>The ILGPU accelerator beneath, for ops to load their kernels on.</summary>
    public Accelerator Accelerator { get; }

    public DeviceKind Kind => Description.Kind;

    /// <summary>Worker threads for the CPU, multiprocessors for a GPU.</summary>
    public int Threads => Description.Threads;

    /// <summary>All devices that <see cref="Open"/> can open here, the default one first.</summary>
    public static IReadOnlyList<DeviceDescription> List() =>
        [.. IlgpuRuntime.ListGpus(), DescribeCpu(Environment.ProcessorCount)];

    /// <summary>Opens <c>cpu</c>, <c>cuda[:N]</c>, <c>opencl[:N]</c>, <c>simulated-warps</c>, or, for null, the first CUDA device, else the CPU.</summary>
    /// <param name="specification">The device's name, or null for the default.</param>
    /// <param name="threads">Worker threads of the CPU device; null for all cores. GPUs ignore it.</param>
    /// <exception cref="DeviceUnavailableException">No such device here; the message lists what there is.</exception>
    public static Device Open(string? specification = null, int? threads = null)
    {
        specification ??= List().FirstOrDefault(device => device.Kind == DeviceKind.Cuda)?.Specification ?? "cpu";
        if (specification == "cpu")
            return OpenCpu(threads);
        if (specification == SimulatedWarps)
            return OpenSimulatedWarps();
        string full = specification is "cuda" or "opencl" ? specification + ":0" : specification;
        if (!full.StartsWith("cuda:", StringComparison.Ordinal) && !full.StartsWith("opencl:", StringComparison.Ordinal))
            throw new DeviceUnavailableException($"'{specification}' is not a device: cpu, cuda[:N] and opencl[:N] are.");
        (DeviceDescription description, IDisposable context, Accelerator accelerator) = IlgpuRuntime.OpenGpu(full);
        return new Device(description, context, accelerator);
    }

    /// <summary>Opens ILGPU's CPU accelerator with the given number of worker threads (null: all cores).</summary>
    public static Device OpenCpu(int? threads = null)
    {
        int workers = threads ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers, nameof(threads));
        (IDisposable context, Accelerator accelerator) = IlgpuRuntime.CreateCpu(workers);
        return new Device(DescribeCpu(workers), context, accelerator);
    }

    /// <summary>
    /// Opens a device that runs kernels for GPUs on threads of this process, in warps of 32 lanes and groups of up to 256
    /// threads, one group at a time. It is for checking kernels where there is no GPU: a group takes milliseconds.
    /// </summary>
    public static Device OpenSimulatedWarps()
    {
        (IDisposable context, Accelerator accelerator) = IlgpuRuntime.CreateSimulatedWarps();
        return new Device(
            new DeviceDescription(SimulatedWarps, DeviceKind.SimulatedWarps, Processor.Name, 1, Processor.MemoryBytes),
            context,
            accelerator);
    }

    /// <summary>Whether kernels of this rung run on this device.</summary>
    public bool Runs(Rung rung) => rung switch
    {
        Rung.Naive => true,
        Rung.Cpu => Kind == DeviceKind.Cpu,
        Rung.Gpu => Kind is DeviceKind.Cuda or DeviceKind.SimulatedWarps,
        Rung.TensorCore => Description.HasTensorCores,
        _ => false,
    };

    /// <summary>
    /// Allocates zeroed device memory for <paramref name="length"/> elements, starting at a multiple of 256 bytes.
    /// </summary>
    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged => new(this, length);

    /// <summary>The launches of ops that are created from now on are counted and timed while the profile is on.</summary>
    public LaunchProfile ProfileLaunches() => profile ??= new LaunchProfile(Synchronize);

    /// <summary>What an op launches a kernel by: the loaded delegate itself, but on a device whose launches are profiled.</summary>
    internal TLaunch Watched<TLaunch>(object op, TLaunch launch)
        where TLaunch : Delegate => profile is null ? launch : profile.Watch(launch, op.GetType().Name.Split('`')[0]);

    /// <summary>Waits until everything launched so far has finished.</summary>
    public void Synchronize() => Accelerator.Synchronize();

    /// <summary>Whether an exception says that a device failed under its program: it is lost, or out of memory.</summary>
    public static bool IsFailure(Exception exception) => IlgpuRuntime.IsDeviceFailure(exception);

    public void Dispose()
    {
        IgnoringFailure(Accelerator);
        IgnoringFailure(context);
    }

    /// <summary>A device that is lost cannot free what lies on it, and the failure that says so must not hide the first one.</summary>
    internal static void IgnoringFailure(IDisposable resource)
    {
        try
        {
            resource.Dispose();
        }
        catch (Exception failure) when (IsFailure(failure))
        {
        }
    }

    private static DeviceDescription DescribeCpu(int threads) =>
        new("cpu", DeviceKind.Cpu, Processor.Name, threads, Processor.MemoryBytes);
}
