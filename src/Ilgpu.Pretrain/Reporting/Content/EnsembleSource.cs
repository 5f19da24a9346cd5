using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>An ensemble as its folder tells of it.</summary>
/// <param name="Name">The folder's.</param>
/// <param name="Scores">What was measured.</param>
/// <param name="Members">The runs; a member whose folder is gone is a damaged one.</param>
internal sealed record EnsembleSource(string Name, EnsembleScores Scores, IReadOnlyList<RunSummary> Members)
{
    public EnsembleLosses Losses => new(Scores, [.. Members.Select(member => member.Name)]);

    /// <exception cref="InputException">A file is missing, damaged or edited.</exception>
    public static EnsembleSource Read(string folder)
    {
        try
        {
            (EnsembleManifest manifest, EnsembleScores scores) = EnsembleFolder.Read(folder);
            return new EnsembleSource(
                FolderName.Of(folder),
                scores,
                [.. manifest.Members.Select(member => RunSummary.Read(Path.GetFullPath(Path.Combine(folder, member.Folder))))]);
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The ensemble in '{folder}' cannot be read: {RunJson.Describe(e)}", e);
        }
    }
}
