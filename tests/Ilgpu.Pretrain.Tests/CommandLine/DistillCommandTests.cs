using System.Text.Json;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Distillation by command: from an ensemble to a student, found again, stopped, refused.</summary>
public sealed class DistillCommandTests(DistillCommandTests.Teachers teachers) : IClassFixture<DistillCommandTests.Teachers>
{
    [Fact]
    public void A_student_is_distilled_from_an_ensemble_and_found_again()
    {
        using JsonDocument first = Distill("--teacher", teachers.Ensemble, "--weight", ".5", "--synthetic-tokens", "3000", "--sample-batch", "32");
        JsonElement root = first.RootElement;

        // 7,999 predicted tokens in windows of 32 are 249 windows, 124 steps of two; half of all windows are synthetic.
        Assert.Equal(248, root.GetProperty("steps").GetInt32());
        Assert.Equal("synthetic", root.GetProperty("method").GetString());
        double teacher = Loss(root, "teacher");
        double baseline = Loss(root, "baseline");
        double student = Loss(root, "student");
        double[] alone = [.. root.GetProperty("teacher").GetProperty("members").EnumerateArray().Select(member => member.GetProperty("val_loss").GetDouble())];
        Assert.Equal((2, alone.Min()), (alone.Length, baseline));
        Assert.Equal((baseline - student) / (baseline - teacher), root.GetProperty("share_kept").GetDouble(), 1e-12);
        Assert.True(student < baseline, $"student {student}, baseline {baseline}");
        JsonElement synthetic = root.GetProperty("synthetic");
        Assert.True(synthetic.GetProperty("tokens_per_second").GetDouble() > 0);
        Assert.True(File.Exists(Path.Combine(root.GetProperty("folder").GetString()!, "distillation.json")));

        using JsonDocument again = Distill("--teacher", teachers.Ensemble, "--weight", ".5", "--synthetic-tokens", "3000", "--sample-batch", "5");
        Assert.Equal(root.GetProperty("student").GetRawText(), again.RootElement.GetProperty("student").GetRawText());
        Assert.Equal(synthetic.GetRawText(), again.RootElement.GetProperty("synthetic").GetRawText());
        Assert.Equal(root.GetProperty("folder").GetString(), again.RootElement.GetProperty("folder").GetString());

        // The corpus alone is a dataset to train on, measured on the real validation text.
        Outcome inspected = PretrainCall.Run("data", "--inspect", synthetic.GetProperty("folder").GetString()!);
        Assert.True(inspected.ExitCode == 0, inspected.Errors);
        Outcome only = PretrainCall.Run(
            "train", "--data", synthetic.GetProperty("folder").GetString()!, "--model", "mini-xxs", "--length", "32", "--val-tokens", "500", "--steps", "3", "--device", "cpu", "--out", teachers.Corpus.Runs);
        Assert.True(only.ExitCode == 0, only.Errors);
    }

    [Fact]
    public void A_run_teaches_another_of_its_size_with_its_own_recipe_and_without_a_share()
    {
        using JsonDocument json = Distill("--teacher", teachers.Runs[0], "--weight", ".25", "--synthetic-tokens", "1000", "--temperature", ".9", "--top-k", "40");
        Assert.False(json.RootElement.TryGetProperty("share_kept", out _));
        Assert.Equal(165, json.RootElement.GetProperty("steps").GetInt32());
        Assert.Equal(Loss(json.RootElement, "teacher"), Loss(json.RootElement, "baseline"));
        using JsonDocument against = Distill("--teacher", teachers.Runs[0], "--weight", ".25", "--synthetic-tokens", "1000", "--temperature", ".9", "--top-k", "40", "--baseline", teachers.Runs[1]);
        Assert.Equal(Loss(json.RootElement, "student"), Loss(against.RootElement, "student"));
        Assert.NotEqual(Loss(json.RootElement, "baseline"), Loss(against.RootElement, "baseline"));
    }

    [Fact]
    public void Weight_zero_is_plain_training()
    {
        using JsonDocument json = Distill("--teacher", teachers.Ensemble, "--weight", "0", "--seed", "1");
        Assert.Equal(teachers.Runs[0], json.RootElement.GetProperty("student").GetProperty("folder").GetString());
        Assert.False(json.RootElement.TryGetProperty("synthetic", out _));
        Assert.False(json.RootElement.TryGetProperty("weight", out _));
        using JsonDocument byRuns = Distill(["--teacher", .. teachers.Runs, "--weight", "0", "--seed", "1"]);
        Assert.Equal(Loss(json.RootElement, "teacher"), Loss(byRuns.RootElement, "teacher"));
    }

    [Fact]
    public void A_killed_distillation_samples_on_to_the_same_text()
    {
        string[] arguments = ["--teacher", teachers.Ensemble, "--teach", "mix", "--weight", ".5", "--synthetic-tokens", "4000"];
        using JsonDocument whole = Distill([.. arguments, "--steps", "1"]);
        string killed = Path.Combine(teachers.Corpus.Folder, "killed");
        using (PretrainProcess process = PretrainProcess.Start([.. Arguments(killed), .. arguments, "--steps", "1", "--sample-batch", "1"]))
        {
            string store = Path.Combine(killed, "synthetic");
            while (!process.HasEnded && !(Directory.Exists(store) && Directory.GetDirectories(store).Any(folder => File.Exists(Path.Combine(folder, "progress.json")))))
                Thread.Sleep(5);
            process.Kill();
            process.WaitForEnd();
        }

        Assert.False(Directory.Exists(Path.Combine(killed, "distillations")), "it was over before it was killed");
        Outcome ended = PretrainCall.Run([.. Arguments(killed), .. arguments, "--steps", "1", "--json"]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        using JsonDocument resumed = JsonDocument.Parse(ended.Output);
        Assert.Equal(Hash(whole), Hash(resumed));
        Assert.Equal(Loss(whole.RootElement, "student"), Loss(resumed.RootElement, "student"));

        static string? Hash(JsonDocument json) => json.RootElement.GetProperty("synthetic").GetProperty("hash").GetString();
    }

    [Theory]
    [InlineData("--weight 1", "--weight", "was given 1")]
    [InlineData("--weight -0.1", "--weight", "was given -0.1")]
    [InlineData("--weight NaN", "--weight", "NaN")]
    [InlineData("--method other", "--method", "other")]
    [InlineData("--sample-batch 0", "--sample-batch", "was given 0")]
    [InlineData("--sample-length 100000", "--sample-length", "was given 100000")]
    [InlineData("--synthetic-tokens 1", "--synthetic-tokens", "was given 1")]
    [InlineData("--synthetic-tokens 20", "mixed dataset", "was given 20")]
    [InlineData("--top-p 2", "--top-p", "was given 2")]
    [InlineData("--baseline no/such/run", "no/such/run", "run folder")]
    [InlineData("--lr 0", "--lr", "was given 0")]
    public void A_wrong_argument_is_one_line(string argument, string named, string given)
    {
        Outcome ended = PretrainCall.Run([.. Arguments(Path.Combine(teachers.Corpus.Folder, "wrong")), "--teacher", teachers.Runs[0], .. argument.Split(' '), "--json"]);
        Assert.Equal(2, ended.ExitCode);
        string last = ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Contains(named, last, StringComparison.Ordinal);
        Assert.Contains(given, last, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
    }

    [Fact]
    public void Teachers_that_cannot_teach_are_named()
    {
        Outcome none = PretrainCall.Run([.. Arguments(teachers.Corpus.Runs), "--teacher", "no/such/run"]);
        Assert.Equal(2, none.ExitCode);
        Assert.Contains("no/such/run", none.ErrorLine, StringComparison.Ordinal);
        Outcome vocabulary = PretrainCall.Run(
            [.. Arguments(teachers.Corpus.Runs), "--teacher", teachers.Runs[0], "--data", teachers.Corpus.Source, "--tokenizer", "characters", "--json"]);
        Assert.Equal(2, vocabulary.ExitCode);
        Assert.Contains("they share a tokenizer", vocabulary.Errors, StringComparison.Ordinal);
        Assert.Contains(teachers.Runs[0], vocabulary.Errors, StringComparison.Ordinal);
        string other = Path.Combine(teachers.Corpus.Folder, "other.txt");
        File.WriteAllLines(other, Enumerable.Range(0, 200).Select(line => $"line {line} of another text"));
        Outcome text = PretrainCall.Run([.. Arguments(teachers.Corpus.Runs), "--teacher", teachers.Runs[0], "--data", other, "--json"]);
        Assert.Equal(2, text.ExitCode);
        Assert.Contains("they share the text", text.Errors, StringComparison.Ordinal);
    }

    private static string[] Arguments(string folder) => ["distill", "--device", "cpu", "--threads", "2", "--out", folder];

    private static double Loss(JsonElement root, string of) => root.GetProperty(of).GetProperty("val_loss").GetDouble();

    private JsonDocument Distill(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run([.. Arguments(teachers.Corpus.Runs), .. arguments, "--json"]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }

    /// <summary>An ensemble of two runs of one epoch, trained once for all tests.</summary>
    public sealed class Teachers : IDisposable
    {
        public Teachers()
        {
            Outcome ended = PretrainCall.Run(
                "ensemble", "--data", Corpus.Source, "--model", "mini-xxs", "--length", "32", "--batch", "2", "--tokens", "8000", "--val-tokens", "500", "--lr", "1e-2",
                "--members", "2", "--seed", "1", "--device", "cpu", "--threads", "2", "--out", Corpus.Runs, "--json");
            Assert.True(ended.ExitCode == 0, ended.Errors);
            using JsonDocument json = JsonDocument.Parse(ended.Output);
            Ensemble = json.RootElement.GetProperty("folder").GetString()!;
            Runs = [.. json.RootElement.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("folder").GetString()!)];
        }

        internal TextCorpus Corpus { get; } = new();

        public string Ensemble { get; }

        public string[] Runs { get; }

        public void Dispose() => Corpus.Dispose();
    }
}
