using System.Text.Json;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>members.json of an exported ensemble.</summary>
/// <param name="Averaging">What next-token distribution the members make together, in words.</param>
/// <param name="DatasetHash">What all were trained on.</param>
/// <param name="Members">In the order in which they were averaged.</param>
/// <param name="Scores">Losses for every number of members; null where the ensemble's were lost.</param>
/// <param name="LearnedWeights">Weights that were learned, or null.</param>
internal sealed record EnsembleExportManifest(
    string Averaging,
    string DatasetHash,
    IReadOnlyList<ExportedMember> Members,
    EnsembleScores? Scores,
    EnsembleWeights? LearnedWeights)
{
    public const string FileName = "members.json";

    public void Write(string folder) =>
        DurableFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, RunJson.Indented) + "\n");
}

/// <param name="Folder">Within the export.</param>
/// <param name="RunId">Whose weights it has.</param>
/// <param name="Cycle">Of a snapshot of that run, else null.</param>
internal sealed record ExportedMember(string Folder, string RunId, int? Cycle);
