using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>What <c>study --processes</c> starts: it speaks by lines of JSON on its standard streams.</summary>
[Verb(Name, Hidden = true, HelpText = "Trains runs for a study's process.")]
internal sealed class StudyWorkerVerb : DeviceVerb
{
    public const string Name = "study-worker";

    public override int Run(CancellationToken cancellation)
    {
        using Device device = OpenDevice();
        StudyWorker.Serve(Console.In, Console.Out, device, cancellation);
        return cancellation.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
    }
}
