using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Disks that are full or read-only: one line, and nothing is lost.</summary>
[Collection(nameof(StoppedRun))]
public sealed class DiskTests(StoppedRun runs)
{
    private const int DiskMegabytes = 4;

    /// <summary>More than the small files of a run take, less than a checkpoint.</summary>
    private const int RoomForSmallFiles = 200 << 10;

    [Fact]
    public void A_disk_that_is_full_when_a_checkpoint_is_saved_costs_nothing_but_the_steps_since_the_last_one()
    {
        using SmallDisk disk = SmallDisk.Mount(DiskMegabytes);
        string run = runs.CopyTo(disk["run"]);
        disk.FillBut(RoomForSmallFiles);
        Outcome ended = PretrainProcess.Run(runs.Resuming(run));
        Assert.Equal(1, ended.ExitCode);
        string intact = StoppedRun.CheckpointIn(run, StoppedRun.NewestCheckpoint);
        Assert.StartsWith("pretrain: The checkpoint of step 480 could not be written (No space left on device", ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains($"'{intact}' is intact", ended.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(intact, RunFolder.FindCheckpoint(run, runs.Config, Assert.Fail)!.Folder);
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(run, "checkpoints")).Length);

        disk.FreeFiller();
        runs.FinishToTheSameBits(run, out Outcome resumed);
        Assert.Contains($"resumed at step {StoppedRun.NewestCheckpoint}", resumed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_is_full_from_the_start_costs_nothing()
    {
        using SmallDisk disk = SmallDisk.Mount(DiskMegabytes);
        string run = runs.CopyTo(disk["run"]);
        disk.FillBut(0);
        Outcome ended = PretrainProcess.Run(runs.Resuming(run));
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("No space left on device", ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(run, ended.ErrorLine, StringComparison.Ordinal);
        Outcome another = PretrainProcess.Run(runs.Train("--run", disk["another"]));
        Assert.Equal(1, another.ExitCode);
        Assert.Contains("No space left on device", another.ErrorLine, StringComparison.Ordinal);

        disk.FreeFiller();
        runs.FinishToTheSameBits(run);
    }

    [Fact]
    public void A_disk_that_is_read_only_is_named_and_its_runs_can_be_looked_at()
    {
        using SmallDisk disk = SmallDisk.Mount(DiskMegabytes);
        string run = runs.CopyTo(disk["run"]);
        disk.MakeReadOnly();
        Outcome ended = PretrainProcess.Run(runs.Resuming(run));
        Assert.Equal(2, ended.ExitCode);
        Assert.StartsWith($"pretrain: The run folder '{run}' cannot be written: Read-only file system", ended.ErrorLine, StringComparison.Ordinal);
        Outcome another = PretrainProcess.Run(runs.Train("--run", disk["another"]));
        Assert.Equal(2, another.ExitCode);
        Assert.Contains("Read-only file system", another.ErrorLine, StringComparison.Ordinal);

        Outcome listed = PretrainProcess.Run("runs", disk.Path);
        Assert.Equal(0, listed.ExitCode);
        Assert.Contains($"unfinished, step {StoppedRun.NewestCheckpoint} of 496", listed.Output, StringComparison.Ordinal);
        Outcome pruned = PretrainProcess.Run("runs", disk.Path, "--prune", "--yes");
        Assert.Equal(1, pruned.ExitCode);
        Assert.Contains("Read-only file system", pruned.ErrorLine, StringComparison.Ordinal);
    }
}
