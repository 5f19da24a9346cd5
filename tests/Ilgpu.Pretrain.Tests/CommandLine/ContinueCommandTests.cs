using System.Text.Json;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Continued pre-training by command: on other text, with replay, as an ensemble, and decays branched from a stable run.</summary>
public sealed class ContinueCommandTests(ContinueCommandTests.Trained trained) : IClassFixture<ContinueCommandTests.Trained>, IDisposable
{
    private readonly TemporaryFolder store = new();

    [Fact]
    public void Other_text_is_learnt_and_the_old_is_forgotten_less_with_replay()
    {
        using JsonDocument plain = Continue(trained.Run, "--lr", "3e-3");
        using JsonDocument replayed = Continue(trained.Run, "--lr", "3e-3", "--replay", ".5");
        Assert.True(Change(plain, "new") < -.3);
        Assert.True(Change(plain, "old") > 0);
        Assert.True(Change(replayed, "old") < Change(plain, "old"));
        Assert.Equal(2 * Steps(plain), Steps(replayed));

        using JsonDocument found = Continue(trained.Run, "--lr", "3e-3", "--replay", ".5");
        Assert.Equal(replayed.RootElement.GetProperty("old").GetRawText(), found.RootElement.GetProperty("old").GetRawText());
        Assert.Equal(replayed.RootElement.GetProperty("folder").GetString(), found.RootElement.GetProperty("folder").GetString());
    }

    [Fact]
    public void Several_continuations_of_one_run_are_measured_together_and_continue_as_an_ensemble()
    {
        using JsonDocument members = Continue(trained.Run, "--members", "2", "--seed", "3");
        double[] alone = [.. members.RootElement.GetProperty("new").GetProperty("members_after").EnumerateArray().Select(loss => loss.GetDouble())];
        Assert.Equal(2, alone.Distinct().Count());
        Assert.InRange(members.RootElement.GetProperty("new").GetProperty("after").GetDouble(), .1, alone.Average());
        string[] folders = [.. members.RootElement.GetProperty("runs").EnumerateArray().Select(each => each.GetProperty("folder").GetString()!)];

        // Continued runs are runs: they make an ensemble, and are continued in their turn.
        Outcome ensemble = PretrainCall.Run(["ensemble", .. folders, "--out", store.Path, "--device", "cpu", "--json"]);
        Assert.True(ensemble.ExitCode == 0, ensemble.Errors);
        using JsonDocument measured = JsonDocument.Parse(ensemble.Output);
        using JsonDocument again = Continue(measured.RootElement.GetProperty("folder").GetString()!, "--lr", "1e-4");
        Assert.Equal(2, again.RootElement.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public void A_continued_run_is_resumed_by_its_folder()
    {
        using JsonDocument done = Continue(trained.Run, "--replay", ".25");
        string folder = done.RootElement.GetProperty("runs")[0].GetProperty("folder").GetString()!;
        File.Delete(Path.Combine(folder, "result.json"));
        Outcome resumed = PretrainCall.Run("train", "--resume", folder, "--device", "cpu", "--json");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        using JsonDocument json = JsonDocument.Parse(resumed.Output);
        Assert.Equal(
            done.RootElement.GetProperty("runs")[0].GetProperty("result").GetProperty("val_loss").GetDouble(),
            json.RootElement.GetProperty("result").GetProperty("val_loss").GetDouble());
    }

    [Fact]
    public void A_branched_decay_is_the_run_that_holds_and_decays_in_one()
    {
        string stable = store["stable"];
        Assert.Equal(0, PretrainCall.Run(Stepwise("--schedule", "constant", "--warmup", "0", "--steps", "80", "--run", stable)).ExitCode);
        Outcome branched = PretrainProcess.Run("continue", stable, "--branch", "20,40", "--out", store.Path, "--device", "cpu", "--json");
        Assert.True(branched.ExitCode == 0, branched.Errors);
        using JsonDocument json = JsonDocument.Parse(branched.Output);
        JsonElement[] runs = [.. json.RootElement.GetProperty("runs").EnumerateArray()];
        Assert.Equal([20, 40], runs.Select(run => run.GetProperty("result").GetProperty("steps").GetInt64()));

        Outcome whole = PretrainCall.Run(Stepwise("--schedule", "wsd", "--decay", ".2", "--warmup", "0", "--steps", "100", "--json"));
        Assert.True(whole.ExitCode == 0, whole.Errors);
        using JsonDocument wsd = JsonDocument.Parse(whole.Output);
        Assert.Equal(
            wsd.RootElement.GetProperty("result").GetProperty("val_loss").GetDouble(),
            runs[0].GetProperty("result").GetProperty("val_loss").GetDouble());
    }

    [Theory]
    [InlineData("--replay 1", "--replay", "1")]
    [InlineData("--replay -0.1", "--replay", "-0.1")]
    [InlineData("--members 0", "--members", "0")]
    [InlineData("--branch 20", "--schedule constant", "cosine")]
    [InlineData("--branch 20 --replay .5", "--branch", "--replay")]
    [InlineData("--model mini-s --data x", "--model", "mini-s")]
    [InlineData("", "--data", "required")]
    [InlineData("--data no/such/thing", "no/such/thing", "source")]
    [InlineData("--data OTHER --tokenizer bpe:300", "tokenizer", "bytes")]
    [InlineData("--data OTHER --old-data no/such/folder", "no/such/folder", "dataset folder")]
    public void A_wrong_argument_is_one_line(string arguments, string named, string given)
    {
        string[] words = arguments.Replace("OTHER", trained.OtherSource, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Outcome ended = PretrainCall.Run(["continue", trained.Run, .. words, "--out", store.Path, "--device", "cpu"]);
        Assert.Equal(2, ended.ExitCode);
        string line = ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.Contains(given, line, StringComparison.Ordinal);
    }

    public void Dispose() => store.Dispose();

    private string[] Stepwise(params string[] more) =>
    [
        "train", "--data", trained.Corpus.Source, "--model", "mini-xxs", "--length", "32", "--batch", "2", "--tokens", "8000", "--val-tokens", "500",
        "--dropout", ".1", "--device", "cpu", "--threads", "2", "--out", store.Path, .. more,
    ];

    private JsonDocument Continue(string run, params string[] more)
    {
        Outcome ended = PretrainCall.Run(
            ["continue", run, "--data", trained.OtherSource, "--val-tokens", "500", "--epochs", "2", "--out", store.Path, "--device", "cpu", .. more, "--json"]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }

    private static double Change(JsonDocument json, string text) => json.RootElement.GetProperty(text).GetProperty("change").GetDouble();

    private static long Steps(JsonDocument json) => json.RootElement.GetProperty("runs")[0].GetProperty("result").GetProperty("steps").GetInt64();

    /// <summary>A run to go on from, trained once for all tests, and text of other words.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Run = Path.Combine(Corpus.Folder, "run");
            Outcome ended = PretrainCall.Run(Corpus.Train(epochs: 4, "--dropout", ".1", "--run", Run));
            Assert.True(ended.ExitCode == 0, ended.Errors);
            OtherSource = Path.Combine(Corpus.Folder, "other");
            Directory.CreateDirectory(OtherSource);
            var random = new Random(8);
            string[] words = ["sea", "ships", "sailed", "under", "grey", "stars", "while", "gulls", "cried"];
            for (int document = 0; document < 20; document++)
                File.WriteAllText(Path.Combine(OtherSource, $"{document:00}.txt"), string.Join(' ', Enumerable.Range(0, 100).Select(_ => words[random.Next(words.Length)])));
        }

        internal TextCorpus Corpus { get; } = new();

        public string Run { get; }

        public string OtherSource { get; }

        public void Dispose() => Corpus.Dispose();
    }
}
