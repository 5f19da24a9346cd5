using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("train", HelpText = "Trains one model for some epochs over a fixed number of tokens. The same run asked for again is found, or resumed.")]
internal sealed class TrainVerb : TrainingVerb
{
    [Option("run", HelpText = "This run's folder, instead of one named by its hash.")]
    public string? RunFolderName { get; set; }

    [Option("resume", HelpText = "Go on with the run in this folder. Options that are given have to be the run's own.")]
    public string? Resume { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        if (Resume is not null && RunFolderName is not null)
            throw new InputException("--resume and --run name the same thing, a run's folder: give one of them.");
        TrainingConfig? resumed = Resume is null ? null : RunFolder.ReadConfig(Resume);
        TrainingOptions options = Options();
        string data = Data ?? (Resume is null ? DefaultData : RunFolder.DatasetOf(Resume));
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(data, DatasetChoices, Out, Words, cancellation);
        using Device device = OpenDevice();
        TrainingConfig config = Config(resumed, dataset, device.Description);
        config.Validate();
        TrainingSources sources = Resume is null ? new TrainingSources(dataset) : RecordedSources.Open(Resume, config, dataset, Console.Error.WriteLine);
        using TokenDataset? mixed = sources.Mixed;
        using TrainingReport report = TrainingReport.For(Words, device);
        string folder = Resume ?? RunFolderName ?? new RunStore(Out).PathOf(config);
        return Finish(Trainer.Run(config, options, sources, device, folder, report, cancellation), config, report);
    }

    private int Finish(TrainingOutcome outcome, TrainingConfig config, TrainingReport report)
    {
        report.OnEnd(outcome);
        if (Json)
            JsonOutput.Print(new { status = outcome.Status, outcome.Folder, run_id = config.Id, outcome.Step, ilgpu = IlgpuRuntime.Kind, outcome.Result });
        return outcome.Status == TrainingStatus.Interrupted ? ExitCode.Interrupted : ExitCode.Done;
    }
}
