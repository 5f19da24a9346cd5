using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class CheckpointPruningTests : IDisposable
{
    private readonly TestRuns runs = new();

    public CheckpointPruningTests()
    {
        runs.Run("finished");
        runs.RunUntil(13, "unfinished");
    }

    [Theory]
    [InlineData(CheckpointRetention.Last, new[] { "step-0000000016" }, new[] { "step-0000000013" })]
    [InlineData(CheckpointRetention.FinishedNone, new string[0], new[] { "step-0000000012", "step-0000000013" })]
    [InlineData(CheckpointRetention.None, new string[0], new string[0])]
    public void What_is_planned_is_deleted_and_no_more(CheckpointRetention keep, string[] ofFinished, string[] ofUnfinished)
    {
        foreach ((string name, string[] left) in new[] { ("finished", ofFinished), ("unfinished", ofUnfinished) })
        {
            string[] others = Others(name);
            CheckpointPruning plan = CheckpointPruning.Plan(Read(name), keep);
            Assert.Equal(2, Checkpoints(name).Length);
            CheckpointPruning carried = CheckpointPruning.Carry(Read(name), keep);
            Assert.Equal(plan.Checkpoints, carried.Checkpoints);
            Assert.Equal((plan.Bytes, plan.LeftAlone), (carried.Bytes, carried.LeftAlone));
            Assert.Equal(carried.Checkpoints.Count > 0, carried.Bytes > 0);
            Assert.Equal(left, Checkpoints(name));
            Assert.Equal(others, Others(name));
        }
    }

    [Fact]
    public void A_finished_run_without_checkpoints_is_found_and_an_unfinished_one_starts_anew()
    {
        RunResult before = RunFolder.ReadResult(runs.Path("finished"))!;
        CheckpointPruning.Carry(Read("finished"), CheckpointRetention.None);
        CheckpointPruning.Carry(Read("unfinished"), CheckpointRetention.None);
        TrainingOutcome found = runs.Run("finished");
        Assert.Equal((TrainingStatus.AlreadyFinished, before), (found.Status, found.Result));
        var progress = new RecordingProgress();
        TrainingOutcome again = runs.Run("unfinished", progress: progress);
        Assert.Equal(0, progress.Start!.FromStep);
        Assert.Equal(before with { Seconds = 0 }, again.Result! with { Seconds = 0 });
    }

    [Fact]
    public void The_newest_intact_one_is_kept_and_what_a_killed_process_left_is_not()
    {
        File.Delete(Path.Combine(runs.Path("unfinished"), "checkpoints", "step-0000000013", Checkpoint.ModelFileName));
        string half = Path.Combine(runs.Path("unfinished"), "checkpoints", "writing-step-0000000014");
        Directory.CreateDirectory(half);
        File.WriteAllText(Path.Combine(half, Checkpoint.ModelFileName), "half");
        CheckpointPruning.Carry(Read("unfinished"), CheckpointRetention.Last);
        Assert.Equal(["step-0000000012"], Checkpoints("unfinished"));
    }

    [Fact]
    public void Where_none_is_intact_none_is_deleted()
    {
        foreach (string checkpoint in Checkpoints("finished"))
            File.Delete(Path.Combine(runs.Path("finished"), "checkpoints", checkpoint, Checkpoint.ModelFileName));
        CheckpointPruning carried = CheckpointPruning.Carry(Read("finished"), CheckpointRetention.Last);
        Assert.Equal("none of its checkpoints is intact", carried.LeftAlone);
        Assert.Equal(2, Checkpoints("finished").Length);
    }

    [Fact]
    public void A_run_that_is_being_written_is_left_alone()
    {
        using RunFolder writer = RunFolder.Open(runs.Path("unfinished"), runs.Config);
        RunSummary run = Read("unfinished");
        Assert.Equal("a process is writing to it", CheckpointPruning.Plan(run, CheckpointRetention.None).LeftAlone);
        Assert.Contains("is being written by process", CheckpointPruning.Carry(run, CheckpointRetention.None).LeftAlone, StringComparison.Ordinal);
        Assert.Equal(2, Checkpoints("unfinished").Length);
    }

    [Theory]
    [InlineData(CheckpointRetention.Last, new[] { "step-0000000013" })]
    [InlineData(CheckpointRetention.FinishedNone, new string[0])]
    [InlineData(CheckpointRetention.None, new string[0])]
    public void A_run_that_diverged_is_at_its_end(CheckpointRetention keep, string[] left)
    {
        RunDivergence.Write(runs.Path("unfinished"), runs.Config, new TrainingDivergedException("Step 14: the loss is NaN", 14));
        string[] others = Others("unfinished");
        CheckpointPruning carried = CheckpointPruning.Carry(Read("unfinished"), keep);
        Assert.Null(carried.LeftAlone);
        Assert.Equal(left, Checkpoints("unfinished"));
        Assert.Equal(others, Others("unfinished"));
        Assert.Equal(RunState.Diverged, Read("unfinished").State);
    }

    public void Dispose() => runs.Dispose();

    private RunSummary Read(string name) => RunSummary.Read(runs.Path(name));

    private string[] Checkpoints(string name) =>
        [.. Directory.GetDirectories(Path.Combine(runs.Path(name), "checkpoints")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    private string[] Others(string name) => [.. Directory.GetFiles(runs.Path(name)).Order(StringComparer.Ordinal).Select(file => $"{file} {File.ReadAllText(file)}")];
}
