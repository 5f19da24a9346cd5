using System.Globalization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

/// <summary>Runs as their folders tell of them: state, fields, conditions, differences, metrics.</summary>
public sealed class RunCatalogTests : IDisposable
{
    private readonly TestRuns runs = new();

    [Fact]
    public void A_run_is_unfinished_then_running_then_finished()
    {
        runs.RunUntil(6, "run");
        RunSummary unfinished = Read("run");
        Assert.Equal((RunState.Unfinished, 6L), (unfinished.State, unfinished.Step));
        Assert.Equal(("unfinished", "6", "16"), (unfinished.Fields["state"], unfinished.Fields["step"], unfinished.Fields["steps"]));
        Assert.False(unfinished.Fields.ContainsKey("val_loss"));
        using (RunFolder.Open(runs.Path("run"), runs.Config))
            Assert.Equal(RunState.Running, Read("run").State);
        Assert.Equal(RunState.Unfinished, Read("run").State);

        RunResult result = runs.Run("run").Result!;
        RunSummary finished = Read("run");
        Assert.Equal((RunState.Finished, 16L, result), (finished.State, finished.Step, finished.Result));
        Assert.Equal(result.ValLoss, double.Parse(finished.Fields["val_loss"], CultureInfo.InvariantCulture));
        Assert.Equal(("521", "1024"), (finished.Fields["tokens"], finished.Fields["result.tokens"]));
        Assert.Matches("^20[0-9-]+T[0-9:]+Z$", finished.Started);
    }

    [Fact]
    public void A_run_that_diverged_says_so_until_it_is_worked_on_or_has_a_result()
    {
        runs.RunUntil(6, "run");
        RunDivergence.Write(runs.Path("run"), runs.Config, new TrainingDivergedException("Step 9: the loss is NaN", 9));
        RunSummary diverged = Read("run");
        Assert.Equal((RunState.Diverged, 9L, "Step 9: the loss is NaN"), (diverged.State, diverged.Step, diverged.Divergence?.Message));
        Assert.Equal(("diverged", "9"), (diverged.Fields["state"], diverged.Fields["step"]));
        Assert.True(RunFilter.Parse("state=diverged").Matches(diverged));
        Assert.False(RunFilter.Parse("state=unfinished").Matches(diverged));
        using (RunFolder.Open(runs.Path("run"), runs.Config))
            Assert.Equal(RunState.Running, Read("run").State);
        // What is saved decides nothing any more.
        foreach (string checkpoint in Directory.GetDirectories(Path.Combine(runs.Path("run"), "checkpoints")))
            Directory.Delete(checkpoint, recursive: true);
        Assert.Equal(RunState.Diverged, Read("run").State);
        runs.Run("run");
        Assert.Equal((RunState.Finished, null), (Read("run").State, Read("run").Divergence));
    }

    [Fact]
    public async Task To_look_at_a_run_writes_nothing_and_turns_no_writer_away()
    {
        runs.RunUntil(6, "run");
        // As a process leaves it that was killed.
        File.WriteAllText(Path.Combine(runs.Path("run"), RunLock.HolderFileName), "process 1 on gone");
        string[] before = Directory.GetFileSystemEntries(runs.Path("run"), "*", SearchOption.AllDirectories);
        Assert.Equal(RunState.Unfinished, Read("run").State);
        Assert.Equal(before, Directory.GetFileSystemEntries(runs.Path("run"), "*", SearchOption.AllDirectories));
        using var looking = new CancellationTokenSource();
        var look = Task.Run(
            () =>
            {
                while (!looking.IsCancellationRequested)
                    Read("run");
            },
            TestContext.Current.CancellationToken);
        for (int i = 0; i < 100; i++)
            RunFolder.Open(runs.Path("run"), runs.Config).Dispose();
        await looking.CancelAsync();
        await look;
    }

    [Fact]
    public void Damage_is_told_in_one_line()
    {
        runs.Run("result");
        Damage("result", "result.json", text => text.Replace("16", "17", StringComparison.Ordinal), "was edited or is damaged");
        runs.RunUntil(6, "config");
        Damage("config", "config.json", text => text[..^20], "config.json' is damaged");
        runs.RunUntil(6, "checkpoints");
        foreach (string checkpoint in Directory.GetDirectories(Path.Combine(runs.Path("checkpoints"), "checkpoints")))
            File.Delete(Path.Combine(checkpoint, Checkpoint.OptimizerFileName));
        Assert.Contains("No checkpoint in", Read("checkpoints").Damage, StringComparison.Ordinal);
        runs.RunUntil(6, "lost");
        File.Delete(Path.Combine(runs.Path("lost"), "config.json"));
        Assert.Contains("has no config.json", Read("lost").Damage, StringComparison.Ordinal);
        runs.RunUntil(6, "divergence");
        RunDivergence.Write(runs.Path("divergence"), runs.Config, new TrainingDivergedException("Step 9: the loss is NaN", 9));
        Damage("divergence", "diverged.json", text => text.Replace("NaN", "2", StringComparison.Ordinal), "was edited or is damaged");
        Assert.Equal(5, new RunStore(runs.Path("")).List().Count);
    }

    [Theory]
    [InlineData("weight_decay>=0.1", true)]
    [InlineData("weight_decay>0.1", false)]
    [InlineData("weight_decay=.10", true)]
    [InlineData("weight_decay!=0.1", false)]
    [InlineData("weight_decay<1e9", true)]
    [InlineData("model.name=tiny,state=finished", true)]
    [InlineData("model.name=tiny, state=unfinished", false)]
    [InlineData("order=windows", true)]
    [InlineData("step_limit=none", true)]
    [InlineData("step_limit>1", false)]
    [InlineData("epochs<=2,epochs>=2,steps=16", true)]
    [InlineData("started>2020-01-01", true)]
    public void Conditions_pick_runs(string where, bool expected)
    {
        runs.Run("run");
        Assert.Equal(expected, RunFilter.Parse(where).Matches(Read("run")));
    }

    [Theory]
    [InlineData("colour=red", "'colour'; there is: accumulation, average_parameters, batch, ")]
    [InlineData("epochs", "'epochs'; it takes FIELD=VALUE")]
    [InlineData("epochs=", "'epochs='; it takes FIELD=VALUE")]
    [InlineData("epochs==2", "'epochs==2'; it takes FIELD=VALUE")]
    [InlineData("", "''; it takes FIELD=VALUE")]
    [InlineData("epochs<many", "'epochs<many'; epochs is a number")]
    public void Conditions_that_are_none_are_refused(string where, string expected)
    {
        runs.Run("run");
        string message = Assert.Throws<InputException>(() => RunFilter.Parse(where).Matches(Read("run"))).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_field_of_a_run_is_one_that_can_be_asked_for()
    {
        runs.Run("run", runs.Config with { StepLimit = 5, Epochs = 1, ValidationTokens = 50, Ema = .9, Pruning = new GradualPruning { Share = .5 } });
        RunSummary run = Read("run");
        string[] ofOtherRuns = ["mixed.", "start.", "soft_labels.", "muon_", "cycles"];
        IEnumerable<string> expected = RunField.Names.Where(name => !ofOtherRuns.Any(part => name.StartsWith(part, StringComparison.Ordinal)));
        Assert.Equal(expected.Order(StringComparer.Ordinal), run.Fields.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Configurations_are_compared_by_the_fields_in_which_they_differ()
    {
        TrainingConfig config = runs.Config;
        TrainingConfig[] configs = [config, config with { WeightDecay = .8 }, config with { WeightDecay = .8, StepLimit = 5, Epochs = 1, Model = config.Model with { Name = "renamed" } }];
        IReadOnlyList<ConfigDifference> differences = ConfigDifference.Among(configs);
        Assert.Equal(["epochs", "step_limit", "weight_decay"], differences.Select(difference => difference.Field));
        Assert.Equal(["2", "2", "1"], differences[0].Values);
        Assert.Equal(["none", "none", "5"], differences[1].Values);
        Assert.Equal(["0.1", "0.8", "0.8"], differences[2].Values);
    }

    [Fact]
    public void Metrics_are_written_as_one_table()
    {
        runs.Run("one");
        runs.RunUntil(6, "with, \"quotes\"");
        string path = runs.Path("metrics.csv");
        long lines = MetricsCsv.Write(path, [Read("one"), Read("with, \"quotes\"")]);
        string[] written = File.ReadAllText(path).Split("\r\n");
        Assert.Equal(lines + 2, written.Length);
        Assert.Equal("run,kind,step,epoch,tokens,loss,cross_entropy,learning_rate,gradient_norm,tokens_per_second,val_loss,bits_per_byte,seconds,unaveraged_val_loss", written[0]);
        MetricsLine first = RunFolder.ReadMetrics(runs.Path("one")).First();
        Assert.StartsWith(FormattableString.Invariant($"one,step,3,{first.Epoch:R},192,{first.Loss:R},,"), written[1], StringComparison.Ordinal);
        Assert.EndsWith(",,,", written[1], StringComparison.Ordinal);
        Assert.StartsWith("\"with, \"\"quotes\"\"\",", written[^2], StringComparison.Ordinal);
        Assert.Equal("", written[^1]);
    }

    [Fact]
    public void A_table_that_cannot_be_written_leaves_the_one_before_and_nothing_else()
    {
        runs.Run("run");
        string path = runs.Path("metrics.csv");
        File.WriteAllText(path, "before");
        IEnumerable<RunSummary> failing = new[] { Read("run") }.Select<RunSummary, RunSummary>(_ => throw new IOException("gone"));
        Assert.Throws<IOException>(() => MetricsCsv.Write(path, failing));
        Assert.Equal("before", File.ReadAllText(path));
        Assert.False(File.Exists(path + DurableFile.TemporarySuffix));
    }

    public void Dispose() => runs.Dispose();

    private RunSummary Read(string name) => RunSummary.Read(runs.Path(name));

    private void Damage(string name, string file, Func<string, string> damage, string expected)
    {
        string path = Path.Combine(runs.Path(name), file);
        File.WriteAllText(path, damage(File.ReadAllText(path)));
        RunSummary damaged = Read(name);
        Assert.Equal(RunState.Damaged, damaged.State);
        Assert.Contains(expected, damaged.Damage, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', damaged.Damage!);
    }
}
