namespace Ilgpu.Pretrain.Training;

/// <summary>What pruning deletes of a run, or would.</summary>
/// <param name="Run">Whose checkpoints.</param>
/// <param name="Checkpoints">Their folders.</param>
/// <param name="Bytes">Of all their files.</param>
/// <param name="LeftAlone">Why nothing of the run is deleted, in one line, or null.</param>
public sealed record CheckpointPruning(RunSummary Run, IReadOnlyList<string> Checkpoints, long Bytes, string? LeftAlone)
{
    /// <summary>What would be deleted. Configurations, metrics, tokenizers and results never are.</summary>
    public static CheckpointPruning Plan(RunSummary run, CheckpointRetention keep)
    {
        if (run.State == RunState.Damaged)
            return Nothing(run, run.Damage);
        if (RunLock.IsHeld(run.Folder))
            return Nothing(run, "a process is writing to it");
        return PlanUndisturbed(run, keep);
    }

    /// <summary>Deletes, as the run's one writer: what another process has made of it in the meantime is seen.</summary>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static CheckpointPruning Carry(RunSummary run, CheckpointRetention keep)
    {
        if (run.State == RunState.Damaged)
            return Nothing(run, run.Damage);
        try
        {
            using RunLock held = RunLock.Acquire(run.Folder);
            CheckpointPruning plan = PlanUndisturbed(run, keep);
            foreach (string checkpoint in plan.Checkpoints)
                Directory.Delete(checkpoint, recursive: true);
            return plan;
        }
        catch (RunBusyException e)
        {
            return Nothing(run, e.Message);
        }
    }

    private static CheckpointPruning PlanUndisturbed(RunSummary run, CheckpointRetention keep)
    {
        TrainingConfig config = run.Config!;
        bool finished = RunFolder.FindResult(run.Folder, config) is not null;
        if (keep == CheckpointRetention.FinishedNone && !finished)
            return Nothing(run, "it is not finished");
        IReadOnlyList<string> checkpoints = RunFolder.AllCheckpoints(run.Folder, config);
        if (keep == CheckpointRetention.Last && checkpoints.Count > 0)
        {
            if (RunFolder.FindCheckpoint(run.Folder, config) is not { } newest)
                return Nothing(run, "none of its checkpoints is intact");
            checkpoints = [.. checkpoints.Where(folder => folder != newest.Folder)];
        }

        return new CheckpointPruning(run, checkpoints, checkpoints.Sum(BytesIn), null);
    }

    private static CheckpointPruning Nothing(RunSummary run, string? why) => new(run, [], 0, why);

    private static long BytesIn(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
