using System.Text.Json;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Ensembles by command: trained, measured, found again, made of runs, generating.</summary>
public sealed class EnsembleCommandTests
{
    private const int Epochs = 2;

    private static readonly string[] Seeds = ["1", "2"];
    private static readonly string[] Residencies = ["resident", "streamed"];

    [Fact]
    public void An_ensemble_is_trained_measured_found_again_and_generates()
    {
        using var corpus = new TextCorpus();
        using JsonDocument trained = Ensemble(corpus, "--members", "4", "--seed", "5");
        JsonElement root = trained.RootElement;
        Assert.Equal([5, 6, 7, 8], root.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("initialization_seed").GetInt32()));
        JsonElement[] bySize = [.. root.GetProperty("by_size").EnumerateArray()];
        Assert.Equal([1, 2, 3, 4], bySize.Select(size => size.GetProperty("k").GetInt32()));
        double[] alone = [.. root.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("val_loss").GetDouble())];
        Assert.Equal(alone[0], Loss(bySize[0], "logits"));
        Assert.InRange(Loss(bySize[3], "logits"), .1, alone.Average());
        Assert.InRange(Loss(bySize[3], "probabilities"), .1, alone.Average());
        Assert.InRange(Asymptote(root, "logits"), 0, alone.Average());
        Assert.InRange(Asymptote(root, "probabilities"), 0, alone.Average());

        using JsonDocument found = Ensemble(corpus, "--members", "4", "--seed", "5");
        Assert.Equal(root.GetProperty("by_size").GetRawText(), found.RootElement.GetProperty("by_size").GetRawText());

        using JsonDocument orders = Ensemble(corpus, "--members", "4", "--seed", "5", "--orders", "2");
        JsonElement[] means = [.. orders.RootElement.GetProperty("by_size").EnumerateArray()];
        Assert.Equal(bySize.Select(size => Loss(size, "logits")), means.Select(size => Loss(size, "logits")));
        Assert.Equal((alone[0] + alone[2]) / 2, Loss(means[0].GetProperty("mean_over_orders"), "logits"), 1e-12);
        Assert.NotEqual(Asymptote(root, "logits"), Asymptote(orders.RootElement, "logits"));

        // A member is the run that 'train' gives with its seed.
        using JsonDocument run = JsonDocument.Parse(PretrainCall.Run(corpus.Train(Epochs, "--seed", "6", "--json")).Output);
        Assert.Equal("already_finished", run.RootElement.GetProperty("status").GetString());
        Assert.Equal(alone[1], run.RootElement.GetProperty("result").GetProperty("val_loss").GetDouble());

        string folder = root.GetProperty("folder").GetString()!;
        foreach (string average in new[] { "logits", "probabilities" })
        {
            Outcome text = PretrainCall.Run("generate", folder, "--prompt", "the kernel", "--tokens", "20", "--average", average, "--device", "cpu");
            Assert.True(text.ExitCode == 0, text.Errors);
            Assert.StartsWith("the kernel", text.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Finished_runs_make_an_ensemble_in_their_order_streamed_as_well_as_resident()
    {
        using var corpus = new TextCorpus();
        string[] runs = [.. Seeds.Select(seed =>
        {
            string run = Path.Combine(corpus.Folder, "run" + seed);
            Assert.Equal(0, PretrainCall.Run(corpus.Train(epochs: 1, "--seed", seed, "--run", run)).ExitCode);
            return run;
        })];
        string[] bySize = [.. Residencies.Select(residency =>
        {
            Outcome ended = PretrainCall.Run(
                ["ensemble", .. runs, "--residency", residency, "--out", Path.Combine(corpus.Folder, residency), "--device", "cpu", "--json"]);
            Assert.True(ended.ExitCode == 0, ended.Errors);
            using JsonDocument json = JsonDocument.Parse(ended.Output);
            Assert.Equal(residency, json.RootElement.GetProperty("residency").GetString());
            Assert.Equal(runs, json.RootElement.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("folder").GetString()));
            return json.RootElement.GetProperty("by_size").GetRawText();
        })];
        Assert.Equal(bySize[0], bySize[1]);
        string[] again = ["ensemble", .. runs, "--out", Path.Combine(corpus.Folder, Residencies[0]), "--weights", "learned", "--device", "cpu"];
        using JsonDocument weighted = JsonDocument.Parse(PretrainCall.Run([.. again, "--json"]).Output);
        JsonElement learned = weighted.RootElement.GetProperty("learned_weights");
        Assert.Equal(weighted.RootElement.GetProperty("tokens").GetInt64(), learned.GetProperty("tokens").GetInt64() + learned.GetProperty("fitted_tokens").GetInt64());
        Assert.Equal(1, learned.GetProperty("logits").GetProperty("weights").EnumerateArray().Sum(weight => weight.GetDouble()), 1e-12);
        string[] generate = ["generate", weighted.RootElement.GetProperty("folder").GetString()!, "--weights", "learned", "--prompt", "the kernel", "--tokens", "5", "--device", "cpu"];
        Assert.Equal(0, PretrainCall.Run(generate).ExitCode);
        generate[1] = runs[0];
        Assert.Contains("has no learned weights", PretrainCall.Run(generate).ErrorLine, StringComparison.Ordinal);
        Outcome table = PretrainCall.Run(again);
        Assert.Contains($"Weights learned on the first {learned.GetProperty("fitted_tokens").GetInt64()} tokens; losses on the ", table.Output, StringComparison.Ordinal);
        Assert.Contains("L(K) = A / K^alpha + E takes 4 members to fit; there are 2.", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshots_of_one_run_are_measured_generate_and_outlive_pruning()
    {
        using var corpus = new TextCorpus();
        string run = Path.Combine(corpus.Folder, "run");
        Assert.Equal(0, PretrainCall.Run(corpus.Train(epochs: 2, "--schedule", "cyclic", "--cycles", "3", "--run", run)).ExitCode);
        Outcome pruned = PretrainCall.Run("runs", run, "--prune", "--yes");
        Assert.Contains("3 snapshots, ", pruned.Output, StringComparison.Ordinal);
        Outcome ended = PretrainCall.Run("ensemble", run, "--snapshots", "--out", corpus.Runs, "--device", "cpu", "--json");
        Assert.True(ended.ExitCode == 0, ended.Errors);
        using JsonDocument json = JsonDocument.Parse(ended.Output);
        Assert.Equal([1, 2, 3], json.RootElement.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("cycle").GetInt32()));
        foreach (string from in new[] { json.RootElement.GetProperty("folder").GetString()!, run + "#2" })
        {
            Outcome text = PretrainCall.Run("generate", from, "--prompt", "the kernel", "--tokens", "5", "--device", "cpu");
            Assert.True(text.ExitCode == 0, text.Errors);
        }
    }

    [Theory]
    [InlineData("--members 2 --snapshots", "--snapshots", "--schedule cyclic")]
    [InlineData("--members 2 --schedule cyclic", "--cycles", "nothing")]
    [InlineData("--members 2 --cycles 3", "--cycles", "3")]
    [InlineData("--members 0", "--members", "0")]
    [InlineData("--members -2", "--members", "-2")]
    [InlineData("--members some", "--members", "some")]
    [InlineData("", "--members N", "finished runs")]
    [InlineData("no/such/run --members 2", "--members N", "give one of them")]
    [InlineData("no/such/run", "no/such/run", "run folder")]
    [InlineData("--members 2 --side-by-side 0", "--side-by-side", "0")]
    [InlineData("--members 2 --init-seed 3", "--init-seed", "--seed")]
    [InlineData("--members 2 --residency nowhere", "--residency", "nowhere")]
    [InlineData("--members 2 --weights heavy", "--weights", "heavy")]
    [InlineData("--members 2 --orders 3", "--orders", "from 1 to 2")]
    [InlineData("--members 2 --orders 0", "--orders", "0")]
    [InlineData("--members 2 --lr 0", "--lr", "0")]
    public void A_wrong_argument_is_one_line(string arguments, string named, string given)
    {
        using var corpus = new TextCorpus();
        string[] words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Outcome ended = PretrainCall.Run([.. EnsembleArguments(corpus), .. words]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(named, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(given, ended.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_different_datasets_are_named_with_both()
    {
        using var corpus = new TextCorpus();
        using var other = new TextCorpus();
        File.AppendAllText(Path.Combine(other.Source, "00.txt"), " and something else");
        string[] runs = [.. new[] { corpus, other }.Select(each =>
        {
            string run = Path.Combine(each.Folder, "run");
            Assert.Equal(0, PretrainCall.Run(each.Train(epochs: 1, "--run", run)).ExitCode);
            return run;
        })];
        Outcome ended = PretrainCall.Run(["ensemble", .. runs, "--out", corpus.Runs, "--device", "cpu"]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("share the dataset", ended.ErrorLine, StringComparison.Ordinal);
        Assert.All(runs, run => Assert.Contains(run, ended.ErrorLine, StringComparison.Ordinal));
    }

    private static JsonDocument Ensemble(TextCorpus corpus, params string[] more)
    {
        Outcome ended = PretrainCall.Run([.. EnsembleArguments(corpus), .. more, "--json"]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }

    /// <summary>What 'train' is given, for the other verb.</summary>
    private static string[] EnsembleArguments(TextCorpus corpus) => ["ensemble", .. corpus.Train(Epochs)[1..]];

    private static double Asymptote(JsonElement root, string average) => root.GetProperty("law").GetProperty(average).GetProperty("parameters").GetProperty("E").GetDouble();

    private static double Loss(JsonElement size, string average) => size.GetProperty(average).GetProperty("val_loss").GetDouble();
}
