using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

/// <summary>Runs in bf16, on the portable rungs: what there is without a GPU.</summary>
public sealed class MixedPrecisionTrainingTests : IDisposable
{
    private static readonly TrainingOptions Portable = TestRuns.Options with { Rung = Rung.Naive };

    private readonly TestRuns runs = new();

    private TrainingConfig Mixed => runs.Config with { Precision = ComputePrecision.Bf16 };

    /// <summary>Sixteen steps take the loss from 5.6 to about 3.3; rounding moves each by what reordering sums moves late ones by.</summary>
    [Fact]
    public void The_loss_curve_in_bf16_stays_within_two_percent_of_fp32s()
    {
        double[] single = Losses("fp32", runs.Config);
        double[] mixed = Losses("bf16", Mixed);
        Assert.NotEqual(single, mixed);
        for (int step = 0; step < single.Length; step++)
            Assert.InRange(mixed[step] / single[step], .98, 1.02);
    }

    [Fact]
    public void A_run_in_bf16_that_was_stopped_ends_with_the_same_bits()
    {
        runs.Run("whole", Mixed, Portable);
        runs.RunUntil(7, "stopped", Mixed, Portable);
        runs.Run("stopped", Mixed, Portable);
        Assert.Equal(runs.FinalTensors("whole", Mixed).Model, runs.FinalTensors("stopped", Mixed).Model);
        Assert.Equal(runs.Metrics("whole"), runs.Metrics("stopped"));
    }

    [Fact]
    public void The_precision_is_part_of_the_runs_name() => Assert.NotEqual(runs.Config.Id, Mixed.Id);

    [Fact]
    public void The_CPU_refuses_it_before_anything_is_written()
    {
        Assert.Contains("--precision was given bf16", Assert.Throws<InputException>(() => runs.Run("refused", Mixed)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(runs.Path("refused")));
    }

    public void Dispose() => runs.Dispose();

    private double[] Losses(string name, TrainingConfig config)
    {
        var progress = new RecordingProgress();
        runs.Run(name, config, Portable, progress);
        return [.. progress.Steps.Select(step => step.Loss)];
    }
}
