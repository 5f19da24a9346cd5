using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class ZLossTrainingTests : IDisposable
{
    private readonly TestRuns runs = new();

    private TrainingConfig Config => runs.Config with { ZLoss = .05 };

    [Fact]
    public void It_draws_log_Z_to_0_and_the_losses_told_are_without_it()
    {
        var ofPlain = new RecordingProgress();
        var ofPulled = new RecordingProgress();
        runs.Run("plain", progress: ofPlain);
        TrainingConfig heavy = Config with { ZLoss = 1 };
        runs.Run("pulled", heavy, progress: ofPulled);
        Assert.Equal(ofPlain.Steps[0].Loss, ofPulled.Steps[0].Loss);
        Assert.NotEqual(ofPlain.Steps[^1].Loss, ofPulled.Steps[^1].Loss);
        Assert.True(MeanSquaredLogZ("pulled", heavy) < .8 * MeanSquaredLogZ("plain", runs.Config));
        using LlamaModel model = Load("pulled", heavy);
        Assert.Equal(RunFolder.ReadResult(runs.Path("pulled"))!.ValLoss, new Evaluator(model, runs.Dataset).Evaluate(TestContext.Current.CancellationToken).Loss);
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_same_bits()
    {
        runs.Run("whole", Config);
        runs.RunUntil(7, "stopped", Config);
        runs.Run("stopped", Config);
        Assert.Equal(runs.FinalTensors("whole", Config).Model, runs.FinalTensors("stopped", Config).Model);
        Assert.Equal(runs.FinalTensors("whole", Config).Optimizer, runs.FinalTensors("stopped", Config).Optimizer);
    }

    public void Dispose() => runs.Dispose();

    private LlamaModel Load(string name, TrainingConfig config)
    {
        var model = new LlamaModel(TestRuns.Device, config.Model, new LlamaModelOptions(config.Batch, config.Length));
        CheckpointTensors.LoadInto(model, RunFolder.FindCheckpoint(runs.Path(name), config)!.ModelPath);
        return model;
    }

    private double MeanSquaredLogZ(string name, TrainingConfig config)
    {
        using LlamaModel model = Load(name, config);
        var inputs = new int[config.Length];
        runs.Dataset.Train.Read(0, inputs);
        var logits = new float[inputs.Length * config.Model.Vocabulary];
        model.Logits(inputs, logits);
        return logits.Chunk(config.Model.Vocabulary).Average(row => Math.Pow(Math.Log(row.Sum(logit => Math.Exp(logit))), 2));
    }
}
