using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

/// <summary>Runs with Muon.</summary>
public sealed class MuonTrainingTests : IDisposable
{
    private readonly TestRuns runs = new();

    private TrainingConfig Muon => runs.Config with { Optimizer = OptimizerKind.Muon };

    [Fact]
    public void A_run_learns()
    {
        TrainingConfig config = Muon with { Epochs = 12, Dropout = 0, LearningRate = .03 };
        RunResult result = runs.Run("run", config).Result!;
        Assert.InRange(result.TrainLoss, 0, .6 * Math.Log(257));
        Assert.InRange(result.ValLoss, 0, .7 * Math.Log(257));
        Assert.Equal(config, RunFolder.ReadConfig(runs.Path("run")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    public void A_run_that_was_stopped_ends_with_the_same_bits(long stopAfter)
    {
        TrainingConfig config = Muon with { MuonLearningRate = .02, MuonMomentum = .9, WeightDecay = 3.2 };
        runs.Run("undisturbed", config);
        runs.RunUntil(stopAfter, "stopped", config);
        runs.Run("stopped", config);
        Assert.Equal(runs.FinalTensors("undisturbed", config).Model, runs.FinalTensors("stopped", config).Model);
        Assert.Equal(runs.FinalTensors("undisturbed", config).Optimizer, runs.FinalTensors("stopped", config).Optimizer);
        Assert.Equal(runs.Metrics("undisturbed"), runs.Metrics("stopped"));
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_threads()
    {
        runs.Run("two", Muon);
        using var one = Device.OpenCpu(1);
        Trainer.Run(Muon, TestRuns.Options, new TrainingSources(runs.Dataset), one, runs.Path("one"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(runs.FinalTensors("two", Muon).Model, runs.FinalTensors("one", Muon).Model);
        Assert.Equal(runs.FinalTensors("two", Muon).Optimizer, runs.FinalTensors("one", Muon).Optimizer);
    }

    [Fact]
    public void A_run_in_bf16_learns_as_fast_and_resumes_to_the_same_bits()
    {
        TrainingConfig config = Muon with { Dropout = 0, Precision = ComputePrecision.Bf16 };
        TrainingOptions portable = TestRuns.Options with { Rung = Rung.Naive };
        RunResult single = runs.Run("fp32", Muon with { Dropout = 0 }).Result!;
        RunResult mixed = runs.Run("bf16", config, portable).Result!;
        // Newton-Schulz in bf16 leaves singular values elsewhere between .6 and 1.3: other steps of about the same length.
        Assert.InRange(mixed.TrainLoss / single.TrainLoss, .95, 1.05);
        runs.RunUntil(7, "stopped", config, portable);
        runs.Run("stopped", config, portable);
        Assert.Equal(runs.FinalTensors("bf16", config).Model, runs.FinalTensors("stopped", config).Model);
    }

    /// <summary>What is not AdamW's or not the default changes the run; what is leaves a run's name as it was before there was a choice.</summary>
    [Fact]
    public void The_optimizer_is_part_of_the_runs_name_and_adamw_is_not_mentioned()
    {
        Assert.DoesNotContain("optimizer", runs.Config.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("muon", runs.Config.ToJson(), StringComparison.Ordinal);
        Assert.Contains("\"optimizer\": \"muon\"", Muon.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("muon_", Muon.ToJson(), StringComparison.Ordinal);
        TrainingConfig[] all = [runs.Config, Muon, Muon with { MuonLearningRate = .02 }, Muon with { MuonMomentum = .9 }];
        Assert.Equal(all.Length, all.Select(config => config.Id).Distinct().Count());
        Assert.All(all, config => Assert.Equal(config, TrainingConfig.FromJson(config.ToJson())));
    }

    [Fact]
    public void The_planned_memory_is_muons()
    {
        var progress = new RecordingProgress();
        runs.Run("run", Muon, progress: progress);
        Assert.Equal(Trainer.PlanMemory(Muon, TestRuns.Options).Total, progress.Start!.PlannedBytes);
        Assert.True(Trainer.PlanMemory(Muon, TestRuns.Options).OptimizerState < Trainer.PlanMemory(runs.Config, TestRuns.Options).OptimizerState);
    }

    /// <summary>The median, since a list of ILGPU's grows in some steps: launches' own objects, the same in each step.</summary>
    [Fact]
    public void A_step_allocates_no_more_than_its_launches()
    {
        long adamW = MedianAllocation("adamw", runs.Config);
        long muon = MedianAllocation("muon", Muon);
        // 23 launches more, of which ILGPU's largest takes some 400 bytes.
        Assert.InRange(muon - adamW, 0, 23 * 400);
    }

    [Fact]
    public void The_state_of_another_optimizer_is_refused_in_one_line()
    {
        runs.Run("adamw");
        TrainingConfig config = Muon with { Start = new RunStart { RunId = runs.Config.Id, State = StartState.Everything } };
        var sources = new TrainingSources(runs.Dataset) { StartFolder = runs.Path("adamw") };
        InputException refusal = Assert.Throws<InputException>(() =>
            Trainer.Run(config, TestRuns.Options, sources, TestRuns.Device, runs.Path("muon"), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("was trained with --optimizer adamw", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    public void Dispose() => runs.Dispose();

    private long MedianAllocation(string name, TrainingConfig config)
    {
        var allocated = new List<long>(capacity: 64);
        var progress = new RecordingProgress { AfterStep = _ => allocated.Add(GC.GetAllocatedBytesForCurrentThread()) };
        runs.Run(name, config, new TrainingOptions { LogEvery = 1000 }, progress);
        long[] perStep = [.. allocated.Zip(allocated.Skip(1), (before, after) => after - before)];
        return perStep.Order().ElementAt(perStep.Length / 2);
    }
}
