using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

/// <summary>Runs of a number of steps, which may end within an epoch.</summary>
public sealed class StepLimitTests : IDisposable
{
    private readonly TestRuns runs = new();

    public void Dispose() => runs.Dispose();

    /// <summary>Of eight steps an epoch: shorter than an epoch, an epoch, one and a half, almost two.</summary>
    [Theory]
    [InlineData(5, 1)]
    [InlineData(8, 1)]
    [InlineData(12, 2)]
    [InlineData(15, 2)]
    public void A_run_of_a_number_of_steps_ends_there_and_its_schedule_with_it(int steps, int epochs)
    {
        var progress = new RecordingProgress();
        TrainingConfig config = runs.Config with { Epochs = 1, StepLimit = steps };
        RunResult result = runs.Run("run", config, progress: progress).Result!;
        Assert.Equal((steps, 64L * steps), (result.Steps, result.Tokens));
        Assert.Equal((steps, epochs), (progress.Start!.Steps, progress.Start.Epochs));
        Assert.Equal(Enumerable.Range(1, steps).Select(step => (Step: (long)step, ((step - 1) / 8) + 1)), progress.Steps.Select(step => (step.Step, step.Epoch)));
        Assert.All(progress.Steps, step => Assert.Equal((steps, epochs), (step.Steps, step.Epochs)));
        Assert.Equal(TimeSpan.Zero, progress.Steps[^1].Remaining);
        Assert.Equal(config.CreateSchedule().At(steps - 1), progress.Steps[^1].LearningRate);
        Assert.Equal(progress.Steps.TakeLast(8).Average(step => step.Loss), result.TrainLoss, 1e-12);
        MetricsLine last = runs.Metrics("run")[^1];
        Assert.Equal((steps, steps / 8.0), (last.Step, last.Epoch));
    }

    /// <summary>Before the steps that the training loss is the mean of, among them, and in the epoch that ends early.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    public void A_run_that_ends_within_an_epoch_ends_with_the_same_bits_when_it_was_stopped(long stopAfter)
    {
        TrainingConfig config = runs.Config with { Epochs = 1, StepLimit = 12, Order = ShuffleUnit.Documents, Shuffle = ShuffleMode.Epoch };
        RunResult undisturbed = runs.Run("undisturbed", config).Result!;
        runs.RunUntil(stopAfter, "stopped", config);
        RunResult resumed = runs.Run("stopped", config).Result!;
        AssertSameBits("undisturbed", config, "stopped", config);
        Assert.Equal(undisturbed with { Seconds = 0 }, resumed with { Seconds = 0 });
    }

    [Fact]
    public void As_many_steps_as_the_epochs_have_are_the_same_training()
    {
        runs.Run("epochs");
        TrainingConfig config = runs.Config with { Epochs = 1, StepLimit = 16 };
        runs.Run("steps", config);
        AssertSameBits("epochs", runs.Config, "steps", config);
    }

    private void AssertSameBits(string expected, TrainingConfig itsConfig, string actual, TrainingConfig config)
    {
        Assert.Equal(runs.FinalTensors(expected, itsConfig).Model, runs.FinalTensors(actual, config).Model);
        Assert.Equal(runs.FinalTensors(expected, itsConfig).Optimizer, runs.FinalTensors(actual, config).Optimizer);
        Assert.Equal(runs.Metrics(expected), runs.Metrics(actual));
    }
}
