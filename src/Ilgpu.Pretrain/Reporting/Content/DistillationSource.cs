using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>A distillation as its folder tells of it.</summary>
/// <param name="Name">The folder's, or a study's step's.</param>
/// <param name="IsOfStudy">Whether a study named it.</param>
/// <param name="Record">What was compared with what.</param>
/// <param name="Student">Null where its folder is gone.</param>
/// <param name="Others">Those of the baseline and of the teachers that are here.</param>
/// <param name="Corpus">What the synthetic text was made of; null where none was sampled, or its folder is gone.</param>
internal sealed record DistillationSource(string Name, bool IsOfStudy, DistillationRecord Record, RunSummary? Student, IReadOnlyList<RunSummary> Others, SyntheticSource? Corpus)
{
    /// <param name="folder">The distillation's.</param>
    /// <param name="name">That a study has for it; null for none.</param>
    /// <exception cref="InputException">A file is damaged or edited.</exception>
    public static DistillationSource Read(string folder, string? name = null)
    {
        DistillationRecord record = DistillationFolder.Read(folder);
        return new DistillationSource(
            name ?? FolderName.Of(folder),
            name is not null,
            record,
            SavedRun.Find(Path.Combine(folder, record.Student.Folder)),
            [.. record.Teachers.Append(record.Baseline).Select(run => SavedRun.Find(Path.Combine(folder, run.Folder))).OfType<RunSummary>()],
            record.SyntheticFolder is { } corpus ? SyntheticCorpus.ReadSource(Path.Combine(folder, corpus)) : null);
    }

    /// <summary>The distillations, those of one chain by soft labels together, the first generation first.</summary>
    public static IReadOnlyList<IReadOnlyList<DistillationSource>> Chains(IReadOnlyList<DistillationSource> all)
    {
        var chains = new List<List<DistillationSource>>();
        foreach (DistillationSource source in all.OrderBy(source => source.Record.Generation ?? 1))
        {
            if (chains.Find(chain => chain[^1].Teaches(source)) is { } chain)
                chain.Add(source);
            else
                chains.Add([source]);
        }

        return chains;
    }

    /// <summary>Whether another student, of the next generation, had this one as its teacher, and is compared with the same.</summary>
    private bool Teaches(DistillationSource next) =>
        next.Record.Generation is > 1 && next.Record.Generation == Record.Generation + 1
        && next.Student?.Config?.SoftLabels?.Teachers is [var teacher] && teacher == Record.Student.RunId
        && next.Record.Baseline.RunId == Record.Baseline.RunId && next.Record.ValidationTokens == Record.ValidationTokens
        && next.Record.Teachers.Select(each => each.RunId).SequenceEqual(Record.Teachers.Select(each => each.RunId));
}
