using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class EmaTrainingTests : IDisposable
{
    private const double Decay = .8;

    /// <summary>Each of sixteen steps rounds the average once to fp32.</summary>
    private const double StoredToFp32 = 16 * 6e-8;

    private readonly TestRuns runs = new();

    private TrainingConfig Config => runs.Config with { Ema = Decay };

    [Theory]
    [InlineData(Rung.Naive)]
    [InlineData(Rung.Cpu)]
    public void The_average_is_Adam_s_corrected_one_and_a_swap_leaves_no_trace(Rung rung)
    {
        const int Length = 100;
        var layout = new SlabLayout();
        SlabEntry all = layout.Reserve("all", 1, Length);
        using var parameters = new Slab<float>(TestRuns.Device, layout);
        using var average = new ParameterAverage(TestRuns.Device, Decay, parameters, rung: rung);
        var random = new Random(5);
        var sum = new double[Length];
        for (int step = 1; step <= 16; step++)
        {
            float[] values = [.. Enumerable.Range(0, Length).Select(_ => random.NextSingle())];
            parameters[all].CopyFrom(values);
            average.Add();
            for (int i = 0; i < Length; i++)
            {
                sum[i] = (Decay * sum[i]) + ((1 - Decay) * values[i]);
                Assert.Equal(sum[i] / (1 - Math.Pow(Decay, step)), average.Slab[all].ToArray()[i], StoredToFp32);
            }
        }

        float[] before = parameters[all].ToArray(), mean = average.Slab[all].ToArray();
        Assert.Equal(mean, average.InPlace(() => parameters[all].ToArray()));
        Assert.Throws<OperationCanceledException>(() => average.InPlace<int>(() => throw new OperationCanceledException()));
        Assert.Equal(before, parameters[all].ToArray());
        Assert.Equal(mean, average.Slab[all].ToArray());
    }

    [Fact]
    public void Averaging_changes_what_a_run_gives_and_not_how_it_trains()
    {
        RunResult plain = runs.Run("plain").Result!;
        RunResult averaged = runs.Run("averaged", Config).Result!;
        Assert.Equal(plain.TrainLoss, averaged.TrainLoss);
        Assert.Equal(plain.ValLoss, averaged.UnaveragedValLoss);
        Assert.NotEqual(plain.ValLoss, averaged.ValLoss);
        Assert.Null(plain.UnaveragedValLoss);
        MetricsLine[] of = [.. runs.Metrics("plain").Where(line => line.Kind == MetricsKind.Evaluation)];
        MetricsLine[] ofAveraged = [.. runs.Metrics("averaged").Where(line => line.Kind == MetricsKind.Evaluation)];
        Assert.Equal(of.Select(line => line.ValLoss), ofAveraged.Select(line => line.UnaveragedValLoss));
        Assert.NotEqual(runs.Config.Id, Config.Id);
    }

    [Fact]
    public void The_checkpoint_s_weights_are_those_of_the_loss_and_ensembles_take_them()
    {
        RunResult result = runs.Run("averaged", Config).Result!;
        Checkpoint checkpoint = RunFolder.FindCheckpoint(runs.Path("averaged"), Config)!;
        using var model = new LlamaModel(TestRuns.Device, Config.Model, new LlamaModelOptions(Config.Batch, Config.Length));
        CheckpointTensors.LoadInto(model, checkpoint.ModelPath);
        Assert.Equal(result.ValLoss, new Evaluator(model, runs.Dataset).Evaluate(TestContext.Current.CancellationToken).Loss);
        Assert.Equal(checkpoint.ModelPath, EnsembleMember.Open([runs.Path("averaged")])[0].ModelPath);
    }

    /// <summary>Before the first evaluation, within an interval of checkpoints, before the last step.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(15)]
    public void A_run_that_was_stopped_ends_with_the_same_bits(long stopAfter)
    {
        RunResult whole = runs.Run("whole", Config).Result!;
        runs.RunUntil(stopAfter, "stopped", Config);
        RunResult resumed = runs.Run("stopped", Config).Result!;
        Assert.Equal(runs.FinalTensors("whole", Config).Model, runs.FinalTensors("stopped", Config).Model);
        Assert.Equal(runs.FinalTensors("whole", Config).Optimizer, runs.FinalTensors("stopped", Config).Optimizer);
        Assert.Equal(runs.Metrics("whole"), runs.Metrics("stopped"));
        Assert.Equal(whole with { Seconds = 0 }, resumed with { Seconds = 0 });
    }

    [Fact]
    public void Going_on_with_everything_gives_the_bits_of_one_long_run()
    {
        TrainingConfig stable = Config with { Schedule = ScheduleKind.Constant, WarmUpShare = 0, Dropout = 0, StepLimit = 10, Epochs = 1 };
        runs.Run("stable", stable);
        TrainingConfig rest = stable with { StepLimit = 6, Start = new RunStart { RunId = stable.Id, State = StartState.Everything, DataStep = 10 } };
        RunFrom("stable", "rest", rest);
        TrainingConfig whole = stable with { StepLimit = 16 };
        runs.Run("whole", whole);
        Assert.Equal(runs.FinalTensors("whole", whole).Model, runs.FinalTensors("rest", rest).Model);
        Assert.Equal(runs.FinalTensors("whole", whole).Optimizer, runs.FinalTensors("rest", rest).Optimizer);
    }

    [Fact]
    public void A_run_that_starts_from_an_averaged_one_takes_the_average()
    {
        runs.Run("averaged", Config);
        TrainingConfig next = runs.Config with { Start = new RunStart { RunId = Config.Id }, LearningRate = 1e-30, StepLimit = 1, Epochs = 1, WeightDecay = 0 };
        RunFrom("averaged", "next", next);
        Assert.Equal(runs.FinalTensors("averaged", Config).Model, runs.FinalTensors("next", next).Model);
    }

    [Fact]
    public void The_average_is_planned_for() =>
        Assert.Equal(
            Trainer.PlanMemory(runs.Config, TestRuns.Options).Total + Trainer.PlanMemory(runs.Config, TestRuns.Options).Parameters,
            Trainer.PlanMemory(Config, TestRuns.Options).Total);

    public void Dispose() => runs.Dispose();

    private void RunFrom(string start, string name, TrainingConfig config) =>
        Trainer.Run(config, TestRuns.Options, new TrainingSources(runs.Dataset) { StartFolder = runs.Path(start) }, TestRuns.Device, runs.Path(name), progress: null, TestContext.Current.CancellationToken);
}
