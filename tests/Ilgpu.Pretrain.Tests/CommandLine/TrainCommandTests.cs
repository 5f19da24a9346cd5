using System.Text.Json;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Runs by command: found again, killed, interrupted, resumed.</summary>
public sealed class TrainCommandTests
{
    /// <summary>So many checkpoints that a kill falls between two of them.</summary>
    private static readonly string[] Checkpoints = ["--checkpoint-every", "40", "--log-every", "20"];

    [Fact]
    public void A_run_is_trained_then_found_then_generates()
    {
        using var corpus = new TextCorpus();
        Outcome first = PretrainProcess.Run(corpus.Train("--json"));
        Assert.True(first.ExitCode == 0, first.Errors);
        using JsonDocument trained = JsonDocument.Parse(first.Output);
        Assert.Equal("finished", trained.RootElement.GetProperty("status").GetString());
        Assert.Equal(Kernels.IlgpuRuntime.Kind, trained.RootElement.GetProperty("ilgpu").GetString());
        double loss = trained.RootElement.GetProperty("result").GetProperty("val_loss").GetDouble();
        Assert.InRange(loss, .1, Math.Log(257));

        using JsonDocument found = JsonDocument.Parse(PretrainCall.Run(corpus.Train("--json")).Output);
        Assert.Equal("already_finished", found.RootElement.GetProperty("status").GetString());
        Assert.Equal(loss, found.RootElement.GetProperty("result").GetProperty("val_loss").GetDouble());

        string run = trained.RootElement.GetProperty("folder").GetString()!;
        string[] generate = ["generate", run, "--prompt", "the kernel", "--tokens", "20", "--seed", "5", "--device", "cpu"];
        Outcome text = PretrainProcess.Run(generate);
        Assert.True(text.ExitCode == 0, text.Errors);
        Assert.StartsWith("the kernel", text.Output, StringComparison.Ordinal);
        Assert.Equal(text.Output, PretrainCall.Run(generate).Output);
    }

    [Fact]
    public void A_run_killed_in_the_middle_and_resumed_ends_with_the_same_bits()
    {
        using var corpus = new TextCorpus();
        string undisturbed = Path.Combine(corpus.Folder, "undisturbed");
        string killed = Path.Combine(corpus.Folder, "killed");
        Assert.Equal(0, PretrainCall.Run(corpus.Train([.. Checkpoints, "--run", undisturbed])).ExitCode);
        using (PretrainProcess victim = PretrainProcess.Start(corpus.Train([.. Checkpoints, "--run", killed])))
        {
            victim.WaitUntil(() => CheckpointsOf(killed).Length > 0, "a checkpoint");
            victim.Kill();
            victim.WaitForEnd();
        }

        Assert.False(File.Exists(Path.Combine(killed, "result.json")), "the run ended before it was killed");
        Outcome resumed = PretrainCall.Run("train", "--resume", killed, "--out", corpus.Runs, "--device", "cpu");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        AssertSameModel(undisturbed, killed);
    }

    [Fact]
    public void Ctrl_c_saves_exits_130_and_resumes_to_the_same_bits()
    {
        if (!PretrainProcess.CanInterrupt)
            Assert.Skip("Interrupts are ignored here, as in a shell's background job, or there are none.");
        using var corpus = new TextCorpus();
        string undisturbed = Path.Combine(corpus.Folder, "undisturbed");
        string interrupted = Path.Combine(corpus.Folder, "interrupted");
        Assert.Equal(0, PretrainCall.Run(corpus.Train("--run", undisturbed)).ExitCode);
        using (PretrainProcess process = PretrainProcess.Start(corpus.Train("--run", interrupted, "--log-every", "1")))
        {
            process.WaitUntil(() => new FileInfo(Path.Combine(interrupted, "metrics.jsonl")) is { Exists: true, Length: > 0 }, "a line of metrics");
            process.Interrupt();
            Outcome ended = process.WaitForEnd();
            Assert.Equal(130, ended.ExitCode);
            Assert.Contains("Interrupted at step", ended.Output, StringComparison.Ordinal);
        }

        Assert.NotEmpty(CheckpointsOf(interrupted));
        Outcome resumed = PretrainCall.Run(corpus.Train("--run", interrupted));
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Contains("resumed at step", resumed.Output, StringComparison.Ordinal);
        AssertSameModel(undisturbed, interrupted);
    }

    [Fact]
    public void A_run_of_a_number_of_steps_is_found_again_and_by_epochs_is_another()
    {
        using var corpus = new TextCorpus();
        string run = Path.Combine(corpus.Folder, "run");
        string[] train =
        [
            "train", "--data", corpus.Source, "--model", "mini-xxs", "--length", "32", "--batch", "2", "--order", "documents",
            "--device", "cpu", "--out", corpus.Runs, "--run", run,
        ];
        Outcome first = PretrainCall.Run([.. train, "--steps", "7", "--json"]);
        Assert.True(first.ExitCode == 0, first.Errors);
        using JsonDocument trained = JsonDocument.Parse(first.Output);
        Assert.Equal(7, trained.RootElement.GetProperty("result").GetProperty("steps").GetInt64());
        Assert.Contains("Found finished", PretrainCall.Run("train", "--resume", run, "--device", "cpu").Output, StringComparison.Ordinal);
        Assert.Contains("step_limit (7 there, none now)", PretrainCall.Run([.. train, "--epochs", "1"]).ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_sources_of_one_name_are_two_datasets_and_their_runs_can_both_go_on()
    {
        using var corpus = new TextCorpus();
        string[] sources = ["one", "two"];
        foreach (string parent in sources)
        {
            Directory.CreateDirectory(Path.Combine(corpus.Folder, parent));
            string source = Path.Combine(corpus.Folder, parent, "text.txt");
            File.WriteAllText(source, string.Join('\n', Enumerable.Range(0, 400).Select(line => $"{parent} line {line * line}.")));
            Outcome ended = PretrainCall.Run(
                "train", "--data", source, "--model", "mini-xxs", "--length", "32", "--batch", "2", "--tokens", "2000", "--device", "cpu", "--out", corpus.Runs);
            Assert.True(ended.ExitCode == 0, ended.Errors);
        }

        Assert.Equal(2, Directory.GetDirectories(Path.Combine(corpus.Runs, "data")).Length);
        foreach (string run in Directory.GetDirectories(corpus.Runs).Where(folder => Path.GetFileName(folder) != "data"))
        {
            Outcome found = PretrainCall.Run("train", "--resume", run, "--device", "cpu");
            Assert.True(found.ExitCode == 0, found.Errors);
            Assert.Contains("Found finished", found.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_that_diverges_says_at_which_step_and_exits_1()
    {
        using var corpus = new TextCorpus();
        Outcome ended = PretrainCall.Run(corpus.Train("--lr", "10", "--wd", "0", "--clip", "Infinity"));
        Assert.Equal(1, ended.ExitCode);
        Assert.Matches("Step [0-9]+: ", ended.ErrorLine);
    }

    [Fact]
    public void Verbs_that_report_figures_print_one_json_object()
    {
        foreach (string[] arguments in new[] { ["devices", "--json"], ["model", "150m", "--json"], new[] { "model", "--json" } })
        {
            Outcome ended = PretrainProcess.Run(arguments);
            Assert.Equal(0, ended.ExitCode);
            using JsonDocument json = JsonDocument.Parse(ended.Output);
            Assert.Equal(JsonValueKind.Object, json.RootElement.ValueKind);
        }
    }

    [Fact]
    public void Help_and_version_are_no_errors()
    {
        Assert.Equal(0, PretrainProcess.Run("--help").ExitCode);
        Outcome help = PretrainProcess.Run("train", "--help");
        Assert.Equal(0, help.ExitCode);
        Assert.Contains("--resume", help.Output, StringComparison.Ordinal);
        Assert.Equal(0, PretrainProcess.Run("--version").ExitCode);
        Assert.Equal(2, PretrainProcess.Run().ExitCode);
    }

    private static string[] CheckpointsOf(string run)
    {
        string folder = Path.Combine(run, "checkpoints");
        return Directory.Exists(folder)
            ? Directory.GetDirectories(folder, "step-*")
            : [];
    }

    private static void AssertSameModel(string expected, string actual)
    {
        byte[] Model(string run) => File.ReadAllBytes(Path.Combine(CheckpointsOf(run).Order(StringComparer.Ordinal).Last(), "model.safetensors"));
        Assert.True(Model(expected).AsSpan().SequenceEqual(Model(actual)), "the final parameters differ");
    }
}
