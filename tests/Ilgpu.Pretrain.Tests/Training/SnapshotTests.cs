using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

/// <summary>Snapshots of a cyclic run: three cycles of 16 steps, which end after 5, 10 and 16.</summary>
public sealed class SnapshotTests : IDisposable
{
    private static readonly int[] CycleEnds = [5, 10, 16];

    /// <summary>None at the end of a cycle but the last.</summary>
    private static readonly TrainingOptions Options = TestRuns.Options with { EvaluateEvery = 0, CheckpointEvery = 4 };

    private readonly TestRuns runs = new();

    private TrainingConfig Config => runs.Config with { Schedule = ScheduleKind.Cyclic, Cycles = 3 };

    public void Dispose() => runs.Dispose();

    [Fact]
    public void Each_cycle_leaves_the_weights_of_its_last_step()
    {
        runs.Run("run", Config, Options);
        for (int cycle = 1; cycle <= 3; cycle++)
        {
            Snapshot snapshot = Store("run").Find(cycle)!;
            Assert.Equal((cycle, CycleEnds[cycle - 1]), (snapshot.Cycle, snapshot.Step));
            runs.RunUntil(snapshot.Step, $"until-{cycle}", Config, Options);
            Assert.Equal(runs.FinalTensors($"until-{cycle}", Config).Model, File.ReadAllBytes(snapshot.ModelPath));
        }

        Assert.Null(Store("run").Find(4));
        runs.Run("other", options: Options);
        Assert.False(Directory.Exists(Path.Combine(runs.Path("other"), "snapshots")));
    }

    /// <summary>Before a cycle's end, at it, just behind it, in the last cycle.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(13)]
    public void A_run_that_was_stopped_or_killed_ends_with_the_same_snapshots(long step)
    {
        runs.Run("undisturbed", Config, Options);
        runs.RunUntil(step, "stopped", Config, Options);
        runs.Run("stopped", Config, Options);
        Assert.Throws<KilledException>(() => runs.Run("killed", Config, Options, new RecordingProgress { AfterStep = taken => ThrowAt(taken, step) }));
        var progress = new RecordingProgress();
        runs.Run("killed", Config, Options, progress);
        Assert.Empty(progress.Notices);
        foreach (string name in new[] { "stopped", "killed" })
        {
            Assert.Equal(runs.FinalTensors("undisturbed", Config).Model, runs.FinalTensors(name, Config).Model);
            for (int cycle = 1; cycle <= 3; cycle++)
                Assert.Equal(File.ReadAllBytes(Store("undisturbed").Find(cycle)!.ModelPath), File.ReadAllBytes(Store(name).Find(cycle)!.ModelPath));
        }
    }

    [Fact]
    public void A_snapshot_that_is_lost_or_damaged_is_told_of_and_missed_by_its_number()
    {
        runs.RunUntil(12, "run", Config, Options);
        Directory.Delete(Store("run").Find(1)!.Folder, recursive: true);
        File.AppendAllText(Store("run").Find(2)!.ModelPath, "more");
        Directory.CreateDirectory(Path.Combine(runs.Path("run"), "snapshots", "writing-cycle-0003"));
        var progress = new RecordingProgress();
        runs.Run("run", Config, Options, progress);
        Assert.Equal(2, progress.Notices.Count);
        Assert.EndsWith("cycle-0001' is not there. The run goes on without it.", progress.Notices[0], StringComparison.Ordinal);
        Assert.Contains("cycle-0002' is damaged (", progress.Notices[1], StringComparison.Ordinal);
        Assert.Equal(["cycle-0002", "cycle-0003"], Folders("run"));
        var e = Assert.Throws<InputException>(() => RunFolder.RequireSnapshot(runs.Path("run"), Config, 2));
        Assert.StartsWith($"The run in '{runs.Path("run")}' has lost the snapshot of cycle 2: ", e.Message, StringComparison.Ordinal);
        Assert.Equal($"The run in '{runs.Path("run")}' has the cycles 1 to 3; there is no 4.", Assert.Throws<InputException>(() => RunFolder.RequireSnapshot(runs.Path("run"), Config, 4)).Message);
    }

    [Fact]
    public void The_snapshot_of_another_run_is_refused()
    {
        runs.Run("run", Config, Options);
        runs.Run("other", Config.WithSeed(7), Options);
        string folder = Store("run").Find(1)!.Folder;
        Directory.Delete(folder, recursive: true);
        Directory.Move(new SnapshotStore(Path.Combine(runs.Path("other"), "snapshots"), Config.WithSeed(7).Id).Find(1)!.Folder, folder);
        Assert.Contains($"not of cycle 1 of {Config.Id}", Assert.Throws<InputException>(() => Store("run").Find(1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CheckpointRetention.Last)]
    [InlineData(CheckpointRetention.FinishedNone)]
    [InlineData(CheckpointRetention.None)]
    public void Pruning_checkpoints_leaves_snapshots_unless_those_of_finished_runs_are_asked_for(CheckpointRetention keep)
    {
        runs.Run("finished", Config, Options);
        runs.RunUntil(11, "unfinished", Config, Options);
        foreach ((string name, int count) in new[] { ("finished", 3), ("unfinished", 2) })
        {
            CheckpointPruning plain = CheckpointPruning.Carry(RunSummary.Read(runs.Path(name)), keep);
            Assert.Equal(plain.LeftAlone is null ? count : 0, plain.Snapshots.Count);
            Assert.Equal(plain.LeftAlone is null, plain.SnapshotBytes > 0);
            Assert.Equal(count, Folders(name).Length);
            RunSummary run = RunSummary.Read(runs.Path(name));
            CheckpointPruning plan = CheckpointPruning.Plan(run, keep, snapshots: true);
            Assert.Equal(count, Folders(name).Length);
            CheckpointPruning.Carry(run, keep, snapshots: true);
            Assert.Equal(name == "finished" ? 0 : count, Folders(name).Length);
            Assert.Equal(name == "finished" ? 3 : 0, plan.Checkpoints.Count(folder => Path.GetFileName(folder).StartsWith("cycle-", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData(ScheduleKind.Cyclic, null, "--cycles was given nothing; it takes a whole number from 1 to 16")]
    [InlineData(ScheduleKind.Cyclic, 0, "--cycles was given 0")]
    [InlineData(ScheduleKind.Cyclic, 17, "--cycles was given 17")]
    [InlineData(ScheduleKind.Cosine, 3, "--cycles was given 3; it takes nothing unless --schedule is cyclic")]
    public void Cycles_go_with_the_cyclic_schedule(ScheduleKind schedule, int? cycles, string line) =>
        Assert.StartsWith(line, Assert.Throws<InputException>(() => (Config with { Schedule = schedule, Cycles = cycles }).Validate()).Message, StringComparison.Ordinal);

    private SnapshotStore Store(string name) => RunFolder.SnapshotsOf(runs.Path(name), Config);

    private string[] Folders(string name) => [.. Directory.GetDirectories(Path.Combine(runs.Path(name), "snapshots")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    private static void ThrowAt(long taken, long step)
    {
        if (taken == step)
            throw new KilledException();
    }

    private sealed class KilledException : Exception;
}
