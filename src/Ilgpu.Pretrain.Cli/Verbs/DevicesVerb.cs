using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("devices", HelpText = "What runs here: devices, instruction set, which ILGPU.")]
internal sealed class DevicesVerb : ReportingVerb
{
    public override int Run(CancellationToken cancellation)
    {
        IReadOnlyList<DeviceDescription> devices = Device.List();
        if (Json)
        {
            JsonOutput.Print(new
            {
                ilgpu = IlgpuRuntime.Kind,
                vector_instructions = Processor.VectorInstructions,
                devices,
            });
            return ExitCode.Done;
        }

        Words.WriteLine($"ILGPU: {IlgpuRuntime.Description}");
        Words.WriteLine($"Vector instructions: {Processor.VectorInstructions}");
        foreach (DeviceDescription device in devices)
        {
            string parallelism = device.Kind == DeviceKind.Cpu ? $"{device.Threads} threads" : $"{device.Threads} multiprocessors";
            string precision = device.ComputeCapability is { } capability ? $", sm_{capability}: {(device.HasTensorCores ? "bf16 and fp32" : "fp32")}" : "";
            Words.WriteLine($"  {device.Specification,-10} {device.Name}, {parallelism}, {Units.Bytes(device.MemoryBytes)}{precision}");
        }

        if (devices.All(device => device.Kind != DeviceKind.Cuda) && IlgpuRuntime.WhyNoCuda() is { } why)
            Words.WriteLine($"No CUDA device: {why}.");
        return ExitCode.Done;
    }
}
