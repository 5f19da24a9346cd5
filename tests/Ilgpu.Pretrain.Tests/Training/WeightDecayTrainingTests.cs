using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class WeightDecayTrainingTests : IDisposable
{
    private readonly TestRuns runs = new();

    [Fact]
    public void A_schedule_decides_what_is_trained()
    {
        TrainingConfig constant = runs.Config with { WeightDecay = 3 };
        runs.Run("constant", constant);
        TrainingConfig flat = constant with { WeightDecaySchedule = WeightDecayKind.Linear, FinalWeightDecay = 3 };
        runs.Run("flat", flat);
        Assert.Equal(runs.FinalTensors("constant", constant).Model, runs.FinalTensors("flat", flat).Model);
        foreach (WeightDecayKind kind in new[] { WeightDecayKind.Linear, WeightDecayKind.Cosine, WeightDecayKind.Rate })
        {
            TrainingConfig config = constant with { WeightDecaySchedule = kind };
            runs.Run(config.Id, config);
            Assert.NotEqual(runs.FinalTensors("constant", constant).Model, runs.FinalTensors(config.Id, config).Model);
        }
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_same_bits()
    {
        TrainingConfig config = runs.Config with { WeightDecay = 3, WeightDecaySchedule = WeightDecayKind.Cosine, FinalWeightDecay = .1 };
        runs.Run("whole", config);
        runs.RunUntil(7, "stopped", config);
        runs.Run("stopped", config);
        Assert.Equal(runs.FinalTensors("whole", config).Model, runs.FinalTensors("stopped", config).Model);
        Assert.Equal(runs.FinalTensors("whole", config).Optimizer, runs.FinalTensors("stopped", config).Optimizer);
    }

    public void Dispose() => runs.Dispose();
}
