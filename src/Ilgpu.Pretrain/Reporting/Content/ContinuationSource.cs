using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Continued pre-training as its folder tells of it.</summary>
/// <param name="Name">The folder's, or a study's step's.</param>
/// <param name="IsOfStudy">Whether a study named it.</param>
/// <param name="Record">What was measured.</param>
/// <param name="Before">What was continued; null for what does not lie in the store, as an imported model.</param>
/// <param name="After">The continued runs; null for one that is gone.</param>
internal sealed record ContinuationSource(string Name, bool IsOfStudy, ContinuationRecord Record, IReadOnlyList<RunSummary?> Before, IReadOnlyList<RunSummary?> After)
{
    public BeforeAndAfter New => Record.Scores.New;

    public BeforeAndAfter? Old => Record.Scores.Old;

    /// <summary>Nats a token by which all models together are better on the new text.</summary>
    public double Gain => -New.Change;

    /// <summary>Nats a token by which they are worse on the old text; null where it was not measured.</summary>
    public double? Forgotten => Old?.Change;

    /// <summary>How the first continued run that is here was trained.</summary>
    public TrainingConfig? Config => After.FirstOrDefault(run => run?.Config is not null)?.Config;

    /// <summary>The share of windows that were of the old text; null where no run is here to tell.</summary>
    public double? Replay => Config is { } config ? config.Mixed?.Share ?? 0 : null;

    /// <summary>Of what was continued, the place that a continued run started from.</summary>
    public int StartOf(int run) => Record.Before.Count == Record.After.Count ? run : 0;

    /// <param name="folder">The continuation's, in a folder in the store of its runs.</param>
    /// <param name="name">That a study has for it; null for none.</param>
    /// <exception cref="InputException">A file is damaged or edited.</exception>
    public static ContinuationSource Read(string folder, string? name = null)
    {
        ContinuationRecord record = ContinuationEvaluator.ReadFolder(folder);
        bool fits = Fits(record, record.Scores.New) && (record.Scores.Old is not { } old || Fits(record, old));
        if (!fits)
            throw new InputException($"The continuation in '{folder}' has losses of other runs than it names: delete it, and it is worked out again.");
        string store = Path.Combine(folder, "..", "..");
        return new ContinuationSource(
            name ?? FolderName.Of(folder),
            name is not null,
            record,
            [.. record.Before.Select(id => SavedRun.Find(Path.Combine(store, id)))],
            [.. record.After.Select(id => SavedRun.Find(Path.Combine(store, id)))]);
    }

    private static bool Fits(ContinuationRecord record, BeforeAndAfter losses) =>
        losses.Before.Members.Count == record.Before.Count && losses.After.Members.Count == record.After.Count;
}
