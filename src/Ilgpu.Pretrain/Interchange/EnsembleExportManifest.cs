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

    /// <summary>Bytes that are read at most: a thousand members with their losses have fewer.</summary>
    private const long LargestBytes = 1 << 22;

    /// <summary>How far the sum of weights may be from 1: what rounding a thousand of them to their shortest text leaves.</summary>
    private const double SumTolerance = 1e-9;

    /// <summary>What members.json says; it may come from anywhere.</summary>
    /// <exception cref="InputException">It cannot be read, contradicts itself or leads out of its folder.</exception>
    public static EnsembleExportManifest Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            if (new FileInfo(path).Length is > LargestBytes and var bytes)
                throw new InputException($"'{path}' has {bytes} bytes; such a file has {LargestBytes} at most.");
            EnsembleExportManifest manifest = JsonSerializer.Deserialize<EnsembleExportManifest>(File.ReadAllText(path), RunJson.Compact) ?? throw new JsonException("it is null");
            manifest.RequireSound(path);
            return manifest;
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' is damaged: {RunJson.Describe(e)}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    public void Write(string folder) =>
        DurableFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, RunJson.Indented) + "\n");

    private void RequireSound(string path)
    {
        if (Members.Count == 0)
            throw new InputException($"'{path}' has no members.");
        if (Members.FirstOrDefault(member => !NamesInFolder.IsOne(member.Folder)) is { } outside)
            throw new InputException($"'{path}' has a member in '{Printable.Excerpt(outside.Folder)}'; it takes the name of a folder beside it.");
        if (Members.GroupBy(member => member.Folder, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InputException($"'{path}' has the member '{Printable.Excerpt(twice.Key)}' more than once.");
        if (Scores is { } scores && (!scores.IsWhole || scores.Members.Count != Members.Count))
            throw new InputException($"'{path}' has {Members.Count} members and losses of another number.");
        foreach (IReadOnlyList<double> weights in new[] { LearnedWeights?.Logits.Weights, LearnedWeights?.Probabilities.Weights }.OfType<IReadOnlyList<double>>())
        {
            if (weights.Count != Members.Count || !weights.All(weight => weight >= 0) || !(Math.Abs(weights.Sum() - 1) <= SumTolerance))
                throw new InputException($"'{path}' has learned weights that are not one for each of {Members.Count} members, none negative, with the sum 1.");
        }
    }
}

/// <param name="Folder">Within the export.</param>
/// <param name="RunId">Whose weights it has.</param>
/// <param name="Cycle">Of a snapshot of that run, else null.</param>
internal sealed record ExportedMember(string Folder, string RunId, int? Cycle);
