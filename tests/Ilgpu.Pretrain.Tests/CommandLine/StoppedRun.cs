using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>A run that nothing disturbed, and copies of the same one that stopped without a word at step 450 of 496.</summary>
public sealed class StoppedRun : IDisposable
{
    public const int StoppedAt = 450;
    public const int NewestCheckpoint = 440;
    public const int CheckpointBefore = 400;

    private readonly TextCorpus corpus = new();
    private readonly TrainingOptions options;
    private readonly string stopped;

    public StoppedRun()
    {
        Undisturbed = this["undisturbed"];
        Outcome ended = PretrainProcess.Run(Train("--run", Undisturbed));
        Assert.True(ended.ExitCode == 0, ended.Errors);
        Config = RunFolder.ReadConfig(Undisturbed);
        RunSession session = RunFolder.ReadEnvironment(Undisturbed).Sessions[0];
        options = session.Options;
        Dataset = session.DatasetFolder;
        stopped = this["stopped"];
        using TokenDataset dataset = TokenDataset.Open(Dataset);
        using Device device = Device.OpenCpu(2);
        Assert.Throws<StopException>(() => Trainer.Run(Config, options, new TrainingSources(dataset), device, stopped, new Stop()));
    }

    public string Undisturbed { get; }

    public TrainingConfig Config { get; }

    public string Dataset { get; }

    /// <summary>A path in a folder that goes with the fixture.</summary>
    public string this[string name] => Path.Combine(corpus.Folder, name);

    public static string CheckpointIn(string run, int step) => Path.Combine(run, "checkpoints", $"step-{step:D10}");

    public string[] Train(params string[] more) => TrainWith(checkpointEvery: 40, more);

    public string[] TrainWith(int checkpointEvery, params string[] more) =>
        corpus.Train(["--checkpoint-every", $"{checkpointEvery}", "--log-every", "20", "--eval-every", "100", .. more]);

    /// <summary>A copy of the stopped run.</summary>
    public string Copy(string name) => CopyTo(this[name]);

    public string CopyTo(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(stopped, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(folder, Path.GetRelativePath(stopped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return folder;
    }

    public string[] Resuming(string run, params string[] more) => Train(["--resume", run, .. more]);

    public void FinishToTheSameBits(string run) => FinishToTheSameBits(run, out _);

    internal void FinishToTheSameBits(string run, out Outcome ended)
    {
        ended = PretrainCall.Run(Resuming(run));
        Assert.True(ended.ExitCode == 0, ended.Errors);
        AssertSameEnd(run);
    }

    /// <summary>Parameters, moments, metrics and result are those of the undisturbed run, but for what a clock decides.</summary>
    public void AssertSameEnd(string run)
    {
        Checkpoint expected = RunFolder.FindCheckpoint(Undisturbed, Config)!;
        Checkpoint actual = RunFolder.FindCheckpoint(run, Config)!;
        Assert.Equal(expected.State.Step, actual.State.Step);
        Assert.True(File.ReadAllBytes(expected.ModelPath).AsSpan().SequenceEqual(File.ReadAllBytes(actual.ModelPath)), "the final parameters differ");
        Assert.True(File.ReadAllBytes(expected.OptimizerPath).AsSpan().SequenceEqual(File.ReadAllBytes(actual.OptimizerPath)), "the final moments differ");
        Assert.Equal(Metrics(Undisturbed), Metrics(run));
        Assert.Equal(RunFolder.ReadResult(Undisturbed)! with { Seconds = 0 }, RunFolder.ReadResult(run)! with { Seconds = 0 });
    }

    public void Dispose() => corpus.Dispose();

    private static MetricsLine[] Metrics(string run) =>
        [.. RunFolder.ReadMetrics(run).Select(line => line with { TokensPerSecond = null, Seconds = null })];

    private sealed class Stop : ITrainingProgress
    {
        public void OnStart(TrainingStart start)
        {
        }

        public void OnStep(in TrainingProgress progress)
        {
            if (progress.Step == StoppedAt)
                throw new StopException();
        }

        public void OnEvaluation(long step, ValidationScore evaluation)
        {
        }

        public void OnNotice(string line)
        {
        }
    }

    private sealed class StopException : Exception;
}

[CollectionDefinition(nameof(StoppedRun))]
public sealed class StoppedRunCollection : ICollectionFixture<StoppedRun>;
