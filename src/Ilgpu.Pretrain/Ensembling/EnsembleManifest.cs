using System.Text.Json;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>What ensemble.json says: which runs, in which order.</summary>
/// <param name="DatasetHash">What all were trained on.</param>
/// <param name="ValidationTokens">Validation tokens that losses are measured on; null for all.</param>
/// <param name="Members">In the order in which they are averaged.</param>
public sealed record EnsembleManifest(string DatasetHash, long? ValidationTokens, IReadOnlyList<EnsembleManifestMember> Members)
{
    /// <summary>What ensemble.json says.</summary>
    /// <exception cref="InputException">It cannot be read or is damaged.</exception>
    public static EnsembleManifest Read(string path)
    {
        try
        {
            EnsembleManifest manifest = JsonSerializer.Deserialize<EnsembleManifest>(File.ReadAllText(path), RunJson.Compact) ?? throw new JsonException("it is null");
            if (manifest.Members.Count == 0)
                throw new JsonException("it has no members");
            return manifest.Members.FirstOrDefault(member => member.Folder.Contains('\0', StringComparison.Ordinal)) is null
                ? manifest
                : throw new JsonException("a member's folder is no path");
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

    /// <summary>The ensemble's name: the hash of its members' ids with their cycles, their order and the validation tokens.</summary>
    public string Id() => ContentDigest.IdOf(ContentDigest.Of(string.Join(
        '\n',
        [DatasetHash, $"{ValidationTokens}", .. Members.Select(member => EnsembleMember.NameOf(member.RunId, member.Cycle))])));
}

/// <param name="RunId">Of its configuration.</param>
/// <param name="Folder">The run's, as seen from the ensemble's folder.</param>
/// <param name="Cycle">Of the run's snapshot, from 1; null for its newest checkpoint.</param>
public sealed record EnsembleManifestMember(string RunId, string Folder, int? Cycle = null);
