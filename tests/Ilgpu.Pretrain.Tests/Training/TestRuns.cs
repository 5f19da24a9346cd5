using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

/// <summary>Tiny runs on a tiny text, in a folder that goes when the test ends.</summary>
internal sealed class TestRuns : IDisposable
{
    private static readonly Lazy<Device> SharedDevice = new(() => Kernels.Device.OpenCpu(2));

    private readonly TemporaryFolder folder = new();
    private TokenDataset? dataset;

    public static Device Device => SharedDevice.Value;

    /// <summary>Steps are taken one by one, nothing happens by time.</summary>
    public static TrainingOptions Options { get; } = new()
    {
        EvaluateEvery = 4,
        CheckpointEvery = 5,
        CheckpointMinutes = 0,
        LogEvery = 3,
    };

    public static LlamaConfig Model { get; } = new()
    {
        Name = "tiny",
        Hidden = 16,
        Mlp = 24,
        Layers = 2,
        Heads = 2,
        KeyValueHeads = 1,
        Vocabulary = 257,
        Context = 16,
    };

    public TokenDataset Dataset => dataset ??= BuildDataset();

    /// <summary>Two epochs of eight steps.</summary>
    public TrainingConfig Config => new()
    {
        Model = Model,
        DatasetHash = Dataset.Hash,
        Tokens = 521,
        Epochs = 2,
        Batch = 4,
        Length = 16,
        LearningRate = .01,
        WarmUpShare = .1,
        Dropout = .1,
        DropoutSeed = 3,
        InitializationSeed = 1,
        DataSeed = 2,
    };

    public string Path(string name) => folder[name];

    public TrainingOutcome Run(
        string name,
        TrainingConfig? config = null,
        TrainingOptions? options = null,
        ITrainingProgress? progress = null) =>
        Trainer.Run(config ?? Config, options ?? Options, new TrainingSources(Dataset), Device, Path(name), progress, TestContext.Current.CancellationToken);

    /// <summary>Runs until a number of steps has been taken, then cancels: the run saves and leaves.</summary>
    public TrainingOutcome RunUntil(long step, string name, TrainingConfig? config = null, TrainingOptions? options = null)
    {
        using var source = new CancellationTokenSource();
        var progress = new RecordingProgress { AfterStep = taken => Cancel(source, taken >= step) };
        return Trainer.Run(config ?? Config, options ?? Options, new TrainingSources(Dataset), Device, Path(name), progress, source.Token);
    }

    /// <summary>The bytes of the newest checkpoint: its weights and moments.</summary>
    public (byte[] Model, byte[] Optimizer) FinalTensors(string name, TrainingConfig? config = null)
    {
        Checkpoint checkpoint = RunFolder.FindCheckpoint(Path(name), config ?? Config)!;
        return (File.ReadAllBytes(checkpoint.ModelPath), File.ReadAllBytes(checkpoint.OptimizerPath));
    }

    /// <summary>The lines of metrics without what a clock decides.</summary>
    public MetricsLine[] Metrics(string name) =>
        [.. RunFolder.ReadMetrics(Path(name)).Select(line => line with { TokensPerSecond = null, Seconds = null })];

    public void Dispose()
    {
        dataset?.Dispose();
        folder.Dispose();
    }

    private static void Cancel(CancellationTokenSource source, bool now)
    {
        if (now)
            source.Cancel();
    }

    private TokenDataset BuildDataset()
    {
        string source = Path("text");
        Directory.CreateDirectory(source);
        for (int document = 0; document < 8; document++)
        {
            var text = new StringBuilder();
            for (int line = 0; line < 6; line++)
                text.Append("Item ").Append(document).Append(" of ").Append(line * document).AppendLine(": a line to be learnt.");
            File.WriteAllText(System.IO.Path.Combine(source, $"{document}.txt"), text.ToString());
        }

        return DatasetBuilder.Build(new DatasetOptions { Source = source, ValidationShare = .2, Threads = 1 }, Path("dataset"));
    }
}

/// <summary>Keeps what a run said.</summary>
internal sealed class RecordingProgress : ITrainingProgress
{
    public Action<long>? AfterStep { get; init; }

    public Action<long>? BeforeEvaluationNoted { get; init; }

    public List<string> Notices { get; } = [];

    public List<TrainingProgress> Steps { get; } = new(capacity: 64);

    public List<(long Step, ValidationScore Score)> Evaluations { get; } = [];

    public TrainingStart? Start { get; private set; }

    public void OnStart(TrainingStart start) => Start = start;

    public void OnStep(in TrainingProgress progress)
    {
        Steps.Add(progress);
        AfterStep?.Invoke(progress.Step);
    }

    public void OnEvaluation(long step, ValidationScore evaluation)
    {
        BeforeEvaluationNoted?.Invoke(step);
        Evaluations.Add((step, evaluation));
    }

    public void OnNotice(string line) => Notices.Add(line);
}
