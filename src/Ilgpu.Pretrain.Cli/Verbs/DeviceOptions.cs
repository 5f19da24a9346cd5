using CommandLine;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>A reporting verb that computes on a device.</summary>
internal abstract class DeviceVerb : ReportingVerb
{
    private const int MostThreads = 1024;

    [Option("device", HelpText = "cpu, cuda[:N] or opencl[:N]; default: the first CUDA device, else cpu. 'pretrain devices' lists them.")]
    public string? DeviceName { get; set; }

    [Option("threads", HelpText = "Worker threads of the CPU device; default: all cores. The result does not depend on it.")]
    public int? Threads { get; set; }

    protected Device OpenDevice() => OpenDevice(Threads);

    /// <param name="threads">Of the CPU device; null for what the options say.</param>
    protected Device OpenDevice(int? threads)
    {
        InputException.ThrowUnless(Threads is null or (>= 1 and <= MostThreads), "--threads", Threads, $"a whole number from 1 to {MostThreads}");
        return Device.Open(DeviceName, threads ?? Threads);
    }
}
