using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary><c>pretrain runs --prune</c>: says what would be deleted, or deletes it.</summary>
internal static class RunsVerbPruning
{
    private static readonly (string Name, CheckpointRetention Keep)[] Rules =
    [
        ("last", CheckpointRetention.Last), ("finished-none", CheckpointRetention.FinishedNone), ("none", CheckpointRetention.None),
    ];

    /// <exception cref="InputException">There is no such rule.</exception>
    public static CheckpointRetention ParseKeep(string? given)
    {
        string name = given ?? Rules[0].Name;
        InputException.ThrowUnless(Rules.Any(rule => rule.Name == name), "--keep", name, "one of " + string.Join(", ", Rules.Select(rule => rule.Name)));
        return Rules.First(rule => rule.Name == name).Keep;
    }

    public static int Run(IReadOnlyList<RunSummary> runs, CheckpointRetention keep, bool snapshots, bool delete, bool json, TextWriter words, CancellationToken cancellation)
    {
        var prunings = new List<CheckpointPruning>();
        foreach (RunSummary run in runs)
        {
            cancellation.ThrowIfCancellationRequested();
            prunings.Add(delete ? CheckpointPruning.Carry(run, keep, snapshots) : CheckpointPruning.Plan(run, keep, snapshots));
            Describe(prunings[^1], words);
        }

        int checkpoints = prunings.Sum(pruning => pruning.Checkpoints.Count);
        long bytes = prunings.Sum(pruning => pruning.Bytes);
        string what = $"{checkpoints} {(checkpoints == 1 ? "checkpoint" : "checkpoints")}, {Units.Bytes(bytes)}";
        words.WriteLine(checkpoints == 0 ? "Nothing to delete." : delete ? $"Deleted {what}." : $"Would delete {what}: --yes does.");
        if (json)
        {
            JsonOutput.Print(new
            {
                keep = Rules.First(rule => rule.Keep == keep).Name,
                deleted = delete,
                bytes,
                runs = prunings.Select(pruning => new { pruning.Run.Folder, pruning.Checkpoints, pruning.Bytes, pruning.LeftAlone, snapshots_kept = pruning.Snapshots, pruning.SnapshotBytes }),
            });
        }

        return ExitCode.Done;
    }

    private static void Describe(CheckpointPruning pruning, TextWriter words)
    {
        if (pruning.LeftAlone is { } why)
            words.WriteLine($"  {pruning.Run.Name}: left alone: {why}");
        else if (pruning.Checkpoints.Count > 0)
            words.WriteLine($"  {pruning.Run.Name}: {string.Join(", ", pruning.Checkpoints.Select(Path.GetFileName))}: {Units.Bytes(pruning.Bytes)}");
        if (pruning.Snapshots.Count > 0)
            words.WriteLine($"  {pruning.Run.Name}: {pruning.Snapshots.Count} {(pruning.Snapshots.Count == 1 ? "snapshot" : "snapshots")}, {Units.Bytes(pruning.SnapshotBytes)}, stay{(pruning.Run.State is RunState.Finished or RunState.Diverged ? ": --snapshots does without them" : "")}");
    }
}
