using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class MixedTrainingTests : IDisposable
{
    private readonly TestRuns runs = new();

    /// <summary>The same text once more, in another order: another dataset of the same tokenizer.</summary>
    private TokenDataset? other;

    private TokenDataset Other => other ??= DatasetBuilder.Build(
        new DatasetOptions { Source = runs.Path("text"), ValidationShare = .4, Threads = 1 }, runs.Path("other"));

    private TrainingConfig Config => runs.Config with { Mixed = new MixedData { DatasetHash = Other.Hash, Share = .75, Tokens = 300 } };

    [Fact]
    public void An_epoch_takes_as_many_more_steps_as_the_mixed_windows_take_room()
    {
        Assert.Equal(8, runs.Config.StepsPerEpoch);
        Assert.Equal(32, Config.StepsPerEpoch);
        Assert.Equal(64, Config.Steps);
        Assert.NotEqual(runs.Config.Id, Config.Id);
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_same_bits()
    {
        Assert.Equal(TrainingStatus.Finished, Train("whole", stopAfter: null).Status);
        Assert.Equal(TrainingStatus.Interrupted, Train("stopped", stopAfter: 37).Status);
        Assert.Equal(TrainingStatus.Finished, Train("stopped", stopAfter: null).Status);
        (byte[] model, byte[] optimizer) = runs.FinalTensors("whole", Config);
        (byte[] model2, byte[] optimizer2) = runs.FinalTensors("stopped", Config);
        Assert.Equal(model, model2);
        Assert.Equal(optimizer, optimizer2);
    }

    [Fact]
    public void Where_the_mixed_dataset_lay_is_recorded()
    {
        Train("run", stopAfter: 1);
        Assert.Equal(Other.Folder, RunFolder.ReadEnvironment(runs.Path("run")).Sessions[^1].MixedFolder);
    }

    [Fact]
    public void Another_dataset_or_too_few_tokens_are_refused()
    {
        AssertRefused("which was not given", Config, null);
        AssertRefused("The run is on the dataset " + Other.Hash, Config, runs.Dataset);
        AssertRefused("5000 tokens are to be mixed in", Config with { Mixed = Config.Mixed! with { Tokens = 5000 } }, Other);
        AssertRefused("above 0 and below 1", Config with { Mixed = Config.Mixed! with { Share = 1 } }, Other);
    }

    public void Dispose()
    {
        other?.Dispose();
        runs.Dispose();
    }

    private void AssertRefused(string message, TrainingConfig config, TokenDataset? mixed)
    {
        InputException refused = Assert.Throws<InputException>(() =>
            Trainer.Run(config, TestRuns.Options, new TrainingSources(runs.Dataset) { Mixed = mixed }, TestRuns.Device, runs.Path("refused")));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private TrainingOutcome Train(string name, long? stopAfter)
    {
        using var source = new CancellationTokenSource();
        var progress = new RecordingProgress { AfterStep = step => StopAt(step) };
        return Trainer.Run(Config, TestRuns.Options, new TrainingSources(runs.Dataset) { Mixed = Other }, TestRuns.Device, runs.Path(name), progress, source.Token);

        void StopAt(long step)
        {
            if (step == stopAfter)
                source.Cancel();
        }
    }
}
