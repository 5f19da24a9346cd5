using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

/// <summary>Runs that are trained at a time, on devices of their own.</summary>
public sealed class SideBySideTests : IDisposable
{
    private readonly TestRuns runs = new();

    public void Dispose() => runs.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Each_run_ends_with_the_bits_it_has_alone(int atATime)
    {
        PlannedRun[] planned = Plan(3);
        TrainingOutcome?[] outcomes = Run(planned, atATime);
        Assert.All(outcomes, outcome => Assert.Equal(TrainingStatus.Finished, outcome!.Status));
        for (int i = 0; i < planned.Length; i++)
        {
            runs.Run($"alone-{i}", planned[i].Config);
            (byte[] model, byte[] optimizer) = runs.FinalTensors($"run-{i}", planned[i].Config);
            (byte[] expectedModel, byte[] expectedOptimizer) = runs.FinalTensors($"alone-{i}", planned[i].Config);
            Assert.Equal(expectedModel, model);
            Assert.Equal(expectedOptimizer, optimizer);
        }

        Assert.All(Run(planned, atATime), outcome => Assert.Equal(TrainingStatus.AlreadyFinished, outcome!.Status));
    }

    [Fact]
    public void When_one_fails_the_others_save_and_the_failure_is_told()
    {
        PlannedRun[] planned = Plan(2);
        planned[1] = new PlannedRun(planned[1].Config with { Tokens = runs.Dataset.Train.Length + 1 }, planned[1].Folder, planned[1].Sources);
        Assert.Throws<InputException>(() => Run(planned, 2));
        Assert.All(Run(Plan(2), 2), outcome => Assert.NotNull(outcome!.Result));
    }

    [Fact]
    public void A_run_that_diverges_stops_no_other_where_that_is_asked_for_and_is_not_tried_again()
    {
        PlannedRun[] planned = Plan(3);
        TrainingConfig absurd = planned[0].Config with { Epochs = 8, LearningRate = 10, Schedule = ScheduleKind.Constant, WarmUpShare = 0, WeightDecay = 0 };
        planned[0] = planned[0] with { Config = absurd };
        var progress = new RecordingProgress();
        for (int attempt = 0; attempt < 2; attempt++)
        {
            TrainingOutcome?[] outcomes = SideBySide.RunDespiteDivergence(
                planned, TestRuns.Options, () => Device.OpenCpu(1), 1, i => i == 0 ? progress : null, TestContext.Current.CancellationToken);
            Assert.Equal(TrainingStatus.Diverged, outcomes[0]!.Status);
            Assert.Null(outcomes[0]!.Result);
            Assert.All(outcomes[1..], outcome => Assert.NotNull(outcome!.Result));
            RunDivergence written = RunDivergence.Find(planned[0].Folder, absurd)!;
            Assert.Equal((absurd.Id, outcomes[0]!.Step), (written.RunId, written.Step));
            Assert.Equal([written.Message], progress.Notices);
        }

        // Whoever asks for the run itself gets another try.
        Assert.Throws<TrainingDivergedException>(() => Run(planned, 1));
    }

    [Fact]
    public void An_edited_record_of_a_divergence_is_named()
    {
        PlannedRun planned = Plan(1)[0];
        Directory.CreateDirectory(planned.Folder);
        File.WriteAllText(Path.Combine(planned.Folder, "config.json"), planned.Config.ToJson());
        RunDivergence.Write(planned.Folder, planned.Config, new TrainingDivergedException("Step 3: the loss is NaN", 3));
        Assert.Equal(3, RunDivergence.Find(planned.Folder, planned.Config)!.Step);
        string path = Path.Combine(planned.Folder, "diverged.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("NaN", "0", StringComparison.Ordinal));
        Assert.StartsWith($"'{path}' was edited or is damaged", Assert.Throws<InputException>(() => RunDivergence.Find(planned.Folder, planned.Config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancellation_saves_what_is_being_trained_and_begins_nothing_else()
    {
        PlannedRun[] planned = Plan(3);
        using var source = new CancellationTokenSource();
        var progress = new RecordingProgress { AfterStep = step => CancelAt(source, step) };
        TrainingOutcome?[] outcomes = SideBySide.Run(planned, TestRuns.Options, () => Device.OpenCpu(1), 1, _ => progress, source.Token);
        Assert.Equal(TrainingStatus.Interrupted, outcomes[0]!.Status);
        Assert.All(outcomes[1..], Assert.Null);
        Assert.All(Run(planned, 2), outcome => Assert.NotNull(outcome!.Result));
    }

    [Fact]
    public void As_many_are_trained_at_a_time_as_there_are_threads_and_memory()
    {
        TrainingConfig[] configs = [.. Plan(4).Select(planned => planned.Config)];
        long each = Trainer.PlanMemory(configs[0], TestRuns.Options).Total;
        DeviceDescription Cpu(int threads, long memory) => new("cpu", DeviceKind.Cpu, "test", threads, memory);
        Assert.Equal(4, SideBySide.FittingAtATime(configs, TestRuns.Options, Cpu(8, 100 * each)));
        Assert.Equal(2, SideBySide.FittingAtATime(configs, TestRuns.Options, Cpu(2, 100 * each)));
        Assert.Equal(3, SideBySide.FittingAtATime(configs, TestRuns.Options, Cpu(8, 6 * each)));
        Assert.Equal(1, SideBySide.FittingAtATime(configs, TestRuns.Options, Cpu(8, each)));
        Assert.Equal(1, SideBySide.FittingAtATime(configs, TestRuns.Options, new("cuda:0", DeviceKind.Cuda, "test", 100, 1L << 40)));
    }

    private static void CancelAt(CancellationTokenSource source, long step)
    {
        if (step == 5)
            source.Cancel();
    }

    private PlannedRun[] Plan(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new PlannedRun(runs.Config.WithSeed((uint)i), runs.Path($"run-{i}"), new TrainingSources(runs.Dataset)))];

    private TrainingOutcome?[] Run(PlannedRun[] planned, int atATime) =>
        SideBySide.Run(planned, TestRuns.Options, () => Device.OpenCpu(1), atATime, _ => null, TestContext.Current.CancellationToken);
}
