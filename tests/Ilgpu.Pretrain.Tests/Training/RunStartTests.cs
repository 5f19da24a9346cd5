using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class RunStartTests : IDisposable
{
    private readonly TestRuns runs = new();

    private TrainingConfig Stable => runs.Config with { Schedule = ScheduleKind.Constant, WarmUpShare = 0, StepLimit = 10, Epochs = 1 };

    [Fact]
    public void Going_on_with_everything_gives_the_bits_of_one_long_run()
    {
        runs.Run("stable", Stable);
        TrainingConfig rest = Stable with
        {
            StepLimit = 6,
            Start = new RunStart { RunId = Stable.Id, State = StartState.Everything, DataStep = 10 },
        };
        Train("rest", rest, "stable");
        TrainingConfig whole = Stable with { StepLimit = 16 };
        runs.Run("whole", whole);
        (byte[] model, byte[] optimizer) = runs.FinalTensors("whole", whole);
        (byte[] model2, byte[] optimizer2) = runs.FinalTensors("rest", rest);
        Assert.Equal(model, model2);
        Assert.Equal(optimizer, optimizer2);
    }

    [Fact]
    public void A_run_that_goes_on_ends_with_the_same_bits_when_it_was_stopped()
    {
        runs.Run("stable", Stable);
        TrainingConfig rest = Stable with { StepLimit = 7, Start = new RunStart { RunId = Stable.Id, State = StartState.Everything, DataStep = 10 } };
        Train("rest", rest, "stable");
        Assert.Equal(TrainingStatus.Interrupted, Train("stopped", rest, "stable", stopAfter: 3).Status);
        Assert.Equal(TrainingStatus.Finished, Train("stopped", rest, startFolder: null).Status);
        Assert.Equal(runs.FinalTensors("rest", rest).Model, runs.FinalTensors("stopped", rest).Model);
        Assert.Equal(runs.FinalTensors("rest", rest).Optimizer, runs.FinalTensors("stopped", rest).Optimizer);
    }

    [Fact]
    public void The_parameters_alone_start_with_a_new_optimizer()
    {
        runs.Run("stable", Stable);
        TrainingConfig next = Stable with { Start = new RunStart { RunId = Stable.Id } };
        TrainingOutcome outcome = Train("next", next, "stable");
        Assert.Equal(TrainingStatus.Finished, outcome.Status);
        Assert.True(RunFolder.ReadMetrics(runs.Path("next")).First().Loss < RunFolder.ReadMetrics(runs.Path("stable")).First().Loss);
        Assert.Null(RunFolder.FindCheckpoint(runs.Path("next"), next)!.State.OptimizerSteps);
        Assert.NotEqual(Stable.Id, next.Id);
    }

    [Fact]
    public void What_cannot_be_started_from_is_refused()
    {
        runs.Run("stable", Stable);
        TrainingConfig next = Stable with { Start = new RunStart { RunId = Stable.Id } };
        AssertRefused("whose folder was not given", next, startFolder: null);
        AssertRefused($"the one in '{runs.Path("stable")}' is {Stable.Id}", next with { Start = new RunStart { RunId = "0123456789abcdef" } }, "stable");
        AssertRefused("of another model", next with { Model = next.Model with { Mlp = 32 } }, "stable");
        AssertRefused("takes the id of a run", next with { Start = new RunStart { RunId = "stable" } }, "stable");
        runs.RunUntil(3, "unfinished", Stable with { DataSeed = 9 });
        AssertRefused("is not finished", next with { Start = new RunStart { RunId = (Stable with { DataSeed = 9 }).Id } }, "unfinished");
    }

    public void Dispose() => runs.Dispose();

    private void AssertRefused(string message, TrainingConfig config, string? startFolder)
    {
        InputException refused = Assert.Throws<InputException>(() => Train("refused-" + config.Id[..4], config, startFolder));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private TrainingOutcome Train(string name, TrainingConfig config, string? startFolder, long? stopAfter = null)
    {
        using var source = new CancellationTokenSource();
        var progress = new RecordingProgress { AfterStep = step => StopAt(step) };
        var sources = new TrainingSources(runs.Dataset) { StartFolder = startFolder is null ? null : runs.Path(startFolder) };
        return Trainer.Run(config, TestRuns.Options, sources, TestRuns.Device, runs.Path(name), progress, source.Token);

        void StopAt(long step)
        {
            if (step == stopAfter)
                source.Cancel();
        }
    }
}
