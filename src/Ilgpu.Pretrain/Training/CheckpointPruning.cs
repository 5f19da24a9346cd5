namespace Ilgpu.Pretrain.Training;

/// <summary>What pruning deletes of a run, or would.</summary>
/// <param name="Run">Whose checkpoints.</param>
/// <param name="Checkpoints">Their folders, and those of snapshots that go.</param>
/// <param name="Bytes">Of all their files.</param>
/// <param name="LeftAlone">Why nothing of the run is deleted, in one line, or null.</param>
public sealed record CheckpointPruning(RunSummary Run, IReadOnlyList<string> Checkpoints, long Bytes, string? LeftAlone)
{
    /// <summary>
    /// Snapshots that stay, in their folders. Retention of checkpoints leaves them alone, since a run never writes them again;
    /// those of a run that is at its end go where that is asked for.
    /// </summary>
    public IReadOnlyList<string> Snapshots { get; init; } = [];

    /// <summary>Of all their files.</summary>
    public long SnapshotBytes => Snapshots.Sum(BytesIn);

    /// <summary>What would be deleted. Configurations, metrics, tokenizers and results never are.</summary>
    public static CheckpointPruning Plan(RunSummary run, CheckpointRetention keep, bool snapshots = false)
    {
        if (run.State == RunState.Damaged)
            return Nothing(run, run.Damage);
        if (RunLock.IsHeld(run.Folder))
            return Nothing(run, "a process is writing to it");
        return PlanUndisturbed(run, keep, snapshots);
    }

    /// <summary>Deletes, as the run's one writer: what another process has made of it in the meantime is seen.</summary>
    /// <param name="run">Whose checkpoints.</param>
    /// <param name="keep">Which of them stay.</param>
    /// <param name="snapshots">Whether the snapshots of a run that is at its end, finished or diverged, go as well.</param>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static CheckpointPruning Carry(RunSummary run, CheckpointRetention keep, bool snapshots = false)
    {
        if (run.State == RunState.Damaged)
            return Nothing(run, run.Damage);
        try
        {
            using RunLock held = RunLock.Acquire(run.Folder);
            CheckpointPruning plan = PlanUndisturbed(run, keep, snapshots);
            foreach (string checkpoint in plan.Checkpoints)
                Directory.Delete(checkpoint, recursive: true);
            return plan;
        }
        catch (RunBusyException e)
        {
            return Nothing(run, e.Message);
        }
    }

    private static CheckpointPruning PlanUndisturbed(RunSummary run, CheckpointRetention keep, bool snapshots)
    {
        TrainingConfig config = run.Config!;
        bool isAtItsEnd = RunFolder.FindResult(run.Folder, config) is not null || RunDivergence.Find(run.Folder, config) is not null;
        if (keep == CheckpointRetention.FinishedNone && !isAtItsEnd)
            return Nothing(run, "it is not finished");
        IReadOnlyList<string> checkpoints = RunFolder.AllCheckpoints(run.Folder, config);
        if (keep == CheckpointRetention.Last && checkpoints.Count > 0)
        {
            if (RunFolder.FindCheckpoint(run.Folder, config) is not { } newest)
                return Nothing(run, "none of its checkpoints is intact");
            checkpoints = [.. checkpoints.Where(folder => folder != newest.Folder)];
        }

        SnapshotStore store = RunFolder.SnapshotsOf(run.Folder, config);
        IReadOnlyList<string> kept = store.AllFolders();
        checkpoints = [.. checkpoints, .. store.UnfinishedFolders(), .. snapshots && isAtItsEnd ? kept : []];
        return new CheckpointPruning(run, checkpoints, checkpoints.Sum(BytesIn), null) { Snapshots = snapshots && isAtItsEnd ? [] : kept };
    }

    private static CheckpointPruning Nothing(RunSummary run, string? why) => new(run, [], 0, why);

    private static long BytesIn(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
