using System.Text.Json;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The flags of the training choices.</summary>
public sealed class ChoicesCommandTests
{
    [Fact]
    public void The_flags_are_the_run_s_and_it_tells_of_both_losses_and_of_its_parameters()
    {
        using var corpus = new TextCorpus();
        string run = Path.Combine(corpus.Folder, "run");
        Outcome ended = PretrainCall.Run(corpus.Train(
            epochs: 2, "--run", run, "--json", "--wd-schedule", "linear", "--wd-final", ".05", "--ema", ".9", "--z-loss", "1e-4", "--prune", ".5", "--prune-start", ".2", "--prune-end", ".8"));
        Assert.True(ended.ExitCode == 0, ended.Errors);
        TrainingConfig config = RunFolder.ReadConfig(run);
        Assert.Equal((WeightDecayKind.Linear, .05, .9, 1e-4), (config.WeightDecaySchedule, config.FinalWeightDecay, config.Ema, config.ZLoss));
        Assert.Equal(new GradualPruning { Share = .5, Start = .2, End = .8 }, config.Pruning);
        using JsonDocument json = JsonDocument.Parse(ended.Output);
        JsonElement result = json.RootElement.GetProperty("result");
        Assert.NotEqual(result.GetProperty("val_loss").GetDouble(), result.GetProperty("unaveraged_val_loss").GetDouble());
        Assert.InRange(result.GetProperty("average_parameters").GetDouble(), result.GetProperty("final_parameters").GetInt64(), result.GetProperty("parameters").GetInt64());
        Assert.Contains("(not averaged ", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void When_to_prune_without_how_much_is_refused_in_one_line()
    {
        using var corpus = new TextCorpus();
        Outcome ended = PretrainCall.Run(corpus.Train("--prune-end", ".5"));
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("give --prune too", ended.Errors, StringComparison.Ordinal);
    }
}
