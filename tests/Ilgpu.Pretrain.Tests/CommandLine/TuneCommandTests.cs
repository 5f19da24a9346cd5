using System.Text.Json;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Tunings by command, of runs of a second.</summary>
public sealed class TuneCommandTests
{
    private const string Small = "--lr-grid 1e-3,3e-3,1e-2 --epochs-grid 1,2 --fix wd";

    [Fact]
    public void A_tuning_ends_certified_is_found_again_and_its_runs_are_those_of_train()
    {
        using var corpus = new TextCorpus();
        Outcome words = Tune(corpus, $"{Small} --lr 3e-3 --epochs 1 --noise-seeds 2");
        Assert.True(words.ExitCode == 0, words.Errors);
        foreach (string expected in new[] { "starts at lr 0.003, epochs 1, wd 0.8", "Path: (lr 0.003, epochs 1, wd 0.8)", "Certified: all ", "The weight decay was held at 0.8", "WARNING: ", "at the edge of the grid", "sqrt(2) sigma", "of 3 losses at the optimum" })
            Assert.Contains(expected, words.Output, StringComparison.Ordinal);

        using JsonDocument json = Succeed(corpus, $"{Small} --lr 3e-3 --epochs 1 --noise-seeds 2");
        JsonElement root = json.RootElement;
        Assert.True(root.GetProperty("certified").GetBoolean());
        JsonElement optimum = root.GetProperty("optimum");
        JsonElement[] tried = [.. root.GetProperty("tried").EnumerateArray()];
        double loss = root.GetProperty("val_loss").GetDouble();
        Assert.Equal(tried.Where(each => each.GetProperty("repeat").GetInt32() == 0).Min(each => each.GetProperty("val_loss").GetDouble()), loss);
        Assert.Equal([1, 2], tried.Select(each => each.GetProperty("repeat").GetInt32()).Where(repeat => repeat > 0));
        Assert.Equal(4, root.GetProperty("neighbors").GetArrayLength());
        JsonElement noise = root.GetProperty("noise");
        Assert.Equal(3, noise.GetProperty("val_losses").GetArrayLength());
        foreach (JsonElement neighbor in root.GetProperty("neighbors").EnumerateArray().Where(neighbor => neighbor.TryGetProperty("margin", out _)))
            Assert.Equal((neighbor.GetProperty("val_loss").GetDouble() - loss) / noise.GetProperty("standard_deviation").GetDouble(), neighbor.GetProperty("margin").GetDouble(), 1e-9);

        // The file says the same.
        TuningResult file = TuningFolder.Read(root.GetProperty("folder").GetString()!);
        Assert.Equal((root.GetProperty("tuning_id").GetString(), loss), (file.Id, file.Search.Loss));

        // The optimum's run is there for 'train'.
        string[] train = [.. Train(corpus), "--lr", Raw(optimum, "learning_rate"), "--wd", "0.8", "--json"];
        train[Array.IndexOf(train, "--epochs") + 1] = Raw(optimum, "epochs");
        using JsonDocument run = JsonDocument.Parse(PretrainCall.Run(train).Output);
        Assert.Equal("already_finished", run.RootElement.GetProperty("status").GetString());
        Assert.Equal(loss, run.RootElement.GetProperty("result").GetProperty("val_loss").GetDouble());
    }

    [Fact]
    public void An_interrupted_tuning_exits_130_and_goes_on_to_the_same_end()
    {
        Assert.SkipUnless(PretrainProcess.CanInterrupt, "Interrupts are ignored here, as in a shell's background job, or there are none.");
        using var corpus = new TextCorpus();
        const string Long = "--lr-grid 3e-3,1e-2 --epochs-grid 4,8 --recipe standard --noise-seeds 0";
        using (PretrainProcess process = PretrainProcess.Start(Arguments(corpus, Long)))
        {
            process.WaitUntil(() => Directory.Exists(corpus.Runs) && Directory.EnumerateFiles(corpus.Runs, "metrics.jsonl", SearchOption.AllDirectories).Any(), "a run");
            process.Interrupt();
            Outcome ended = process.WaitForEnd();
            Assert.Equal(130, ended.ExitCode);
        }

        Assert.Empty(TuningFolder.List(Path.Combine(corpus.Runs, "tunings")));
        using JsonDocument resumed = Succeed(corpus, Long);
        using JsonDocument undisturbed = Succeed(corpus, Long, Path.Combine(corpus.Folder, "undisturbed"));
        foreach (string part in new[] { "tuning_id", "tried", "path", "optimum", "val_loss", "neighbors" })
            Assert.Equal(undisturbed.RootElement.GetProperty(part).GetRawText(), resumed.RootElement.GetProperty(part).GetRawText());
    }

    [Fact]
    public void Out_of_runs_it_says_that_nothing_is_certified_and_goes_on_when_given_more()
    {
        using var corpus = new TextCorpus();
        Outcome words = Tune(corpus, $"{Small} --noise-seeds 0 --max-runs 2");
        Assert.Equal(0, words.ExitCode);
        Assert.Contains("NOT certified: ", words.Output, StringComparison.Ordinal);
        using JsonDocument stopped = Succeed(corpus, $"{Small} --noise-seeds 0 --max-runs 2");
        Assert.False(stopped.RootElement.GetProperty("certified").GetBoolean());
        Assert.Equal(2, stopped.RootElement.GetProperty("tried").GetArrayLength());
        Assert.EndsWith("neighbours were not run", stopped.RootElement.GetProperty("not_certified_because").GetString(), StringComparison.Ordinal);
        using JsonDocument all = Succeed(corpus, $"{Small} --noise-seeds 0");
        Assert.True(all.RootElement.GetProperty("certified").GetBoolean());
        Assert.Equal(stopped.RootElement.GetProperty("tuning_id").GetString(), all.RootElement.GetProperty("tuning_id").GetString());
    }

    [Fact]
    public void An_ensemble_is_tuned_from_twice_the_epochs_and_half_the_decay_of_the_model_s_optimum()
    {
        using var corpus = new TextCorpus();
        using JsonDocument model = Succeed(corpus, "--lr-grid 3e-3,1e-2 --epochs-grid 1,2 --wd-grid .1,.2 --noise-seeds 0");
        JsonElement single = model.RootElement.GetProperty("optimum");
        const string Ensemble = "--for ensemble --members 2 --lr-grid 3e-3,1e-2 --epochs-grid 2,4 --wd-grid .05,.1 --noise-seeds 1";
        Outcome words = Tune(corpus, Ensemble);
        Assert.True(words.ExitCode == 0, words.Errors);
        Assert.Contains(
            $"twice the epochs and half the decay of the optimum of tuning {model.RootElement.GetProperty("tuning_id").GetString()}",
            words.Output,
            StringComparison.Ordinal);
        using JsonDocument ensemble = Succeed(corpus, Ensemble);
        JsonElement start = ensemble.RootElement.GetProperty("start");
        Assert.Equal(single.GetProperty("learning_rate").GetDouble(), start.GetProperty("learning_rate").GetDouble());
        Assert.Equal(2 * single.GetProperty("epochs").GetInt32(), start.GetProperty("epochs").GetInt32());
        Assert.Equal(single.GetProperty("weight_decay").GetDouble() / 2, start.GetProperty("weight_decay").GetDouble());

        // The optimum's loss is what 'ensemble' finds for the same members.
        string[] arguments = ["ensemble", .. Train(corpus)[1..], "--members", "2", "--json"];
        JsonElement optimum = ensemble.RootElement.GetProperty("optimum");
        arguments[Array.IndexOf(arguments, "--epochs") + 1] = Raw(optimum, "epochs");
        using JsonDocument measured = JsonDocument.Parse(PretrainCall.Run(
            [.. arguments, "--lr", Raw(optimum, "learning_rate"), "--wd", Raw(optimum, "weight_decay")]).Output);
        Assert.Equal(
            ensemble.RootElement.GetProperty("val_loss").GetDouble(),
            measured.RootElement.GetProperty("by_size")[1].GetProperty("logits").GetProperty("val_loss").GetDouble());
    }

    [Fact]
    public void Runs_that_diverge_are_told_and_left_behind()
    {
        using var corpus = new TextCorpus();
        const string Wild = "--lr-grid 1e-2,10 --epochs-grid 1,2 --fix wd --wd 0 --clip Infinity --lr 10 --epochs 2 --noise-seeds 0";
        using JsonDocument json = Succeed(corpus, Wild);
        JsonElement first = json.RootElement.GetProperty("tried")[0];
        Assert.StartsWith("Step ", first.GetProperty("divergence").GetString(), StringComparison.Ordinal);
        Assert.False(first.TryGetProperty("val_loss", out _));
        Assert.Equal(.01, json.RootElement.GetProperty("optimum").GetProperty("learning_rate").GetDouble());
        Assert.Contains(json.RootElement.GetProperty("neighbors").EnumerateArray(), neighbor => neighbor.GetProperty("state").GetString() == "diverged");
        Assert.Contains("diverged", Tune(corpus, Wild).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--lr-grid 1e-3", "--lr-grid was given 1e-3, a grid without neighbours; it takes two values or more. '--fix lr' holds --lr.")]
    [InlineData("--lr-grid 0,1e-3", "--lr-grid was given 0, 0.001; it takes distinct numbers above 0.")]
    [InlineData("--epochs-grid 1,1", "--epochs-grid was given '1,1', where a value is there twice; it takes distinct ones.")]
    [InlineData("--fix lr,epochs,wd", "A grid of one point (lr 0.003, epochs 16, wd 0.8) has no neighbours in any direction: there is nothing to tune.")]
    [InlineData("--fix seed", "--fix was given 'seed'; it takes lr, epochs, wd, more with commas between.")]
    [InlineData("--fix lr --lr-grid 1e-3,1e-2", "--lr-grid was given 1e-3,1e-2, and --fix holds it: give one of them.")]
    [InlineData("--lr 2e-3", "--lr was given 0.002; it takes a value of its grid: 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03.")]
    [InlineData("--recipe standard --wd .4", "--wd was given 0.4; it takes a value of its grid: 0.1.")]
    [InlineData("--recipe standard --wd-grid .1,.2", "--wd-grid was given .1,.2; it does not go with --recipe standard")]
    [InlineData("--for ensemble", "--for ensemble takes --members N")]
    [InlineData("--members 3", "--members was given 3; it goes with --for ensemble.")]
    [InlineData("--for ensemble --members 1", "--members was given 1; it takes a whole number from 2.")]
    [InlineData("--for ensemble --members 4 --max-runs 3", "--max-runs was given 3, too few for the first point; it takes a whole number from 4.")]
    [InlineData("--noise-seeds -1", "--noise-seeds was given -1; it takes a whole number from 0")]
    [InlineData("--steps 9", "--steps was given 9; 'tune' takes --epochs")]
    [InlineData("--from no/such", "'no/such' is not a tuning's folder: it has no tuning.json.")]
    [InlineData("--lr-grid 1e-2,9 --lr 1e-2", "--wd was given 6.4; it takes a number from 0 to below")]
    public void Bad_input_is_one_line(string arguments, string expected)
    {
        using var corpus = new TextCorpus();
        Outcome ended = Tune(corpus, arguments);
        Assert.Equal(2, ended.ExitCode);
        Assert.StartsWith($"pretrain: {expected}", ended.ErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(corpus.Runs) && Directory.EnumerateFiles(corpus.Runs, "config.json", SearchOption.AllDirectories).Any(), "a run was begun");
    }

    private static Outcome Tune(TextCorpus corpus, string arguments) => PretrainCall.Run(Arguments(corpus, arguments));

    private static JsonDocument Succeed(TextCorpus corpus, string arguments, string? runs = null)
    {
        string[] all = [.. Arguments(corpus, arguments), "--json"];
        all[Array.IndexOf(all, "--out") + 1] = runs ?? corpus.Runs;
        Outcome ended = PretrainCall.Run(all);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }

    /// <summary>What 'train' is given, but for the epochs.</summary>
    private static string[] Arguments(TextCorpus corpus, string more)
    {
        string[] train = Train(corpus);
        int epochs = Array.IndexOf(train, "--epochs");
        return ["tune", .. train[1..epochs], .. train[(epochs + 2)..], .. more.Split(' ')];
    }

    /// <summary>A quarter of the corpus's own run.</summary>
    private static string[] Train(TextCorpus corpus)
    {
        string[] train = corpus.Train();
        train[Array.IndexOf(train, "--tokens") + 1] = "2000";
        return train;
    }

    private static string Raw(JsonElement point, string field) => point.GetProperty(field).GetRawText();
}
