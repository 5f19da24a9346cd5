using System.Text.Json;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// The folder of an ensemble: ensemble.json names its runs, scores.json has what came out and weights.json the weights that
/// were learned, with checksums.
/// </summary>
public static class EnsembleFolder
{
    private const string ManifestFileName = "ensemble.json";
    private const string ScoresFileName = "scores.json";
    private const string WeightsFileName = "weights.json";

    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, ManifestFileName));

    /// <summary>What came out of the ensemble of these members, found in a store or measured and put there, and its folder.</summary>
    /// <param name="store">The folder of ensembles; need not exist.</param>
    /// <param name="members">In their order.</param>
    /// <param name="validationTokens">That losses are measured on; null for all.</param>
    /// <param name="measure">Called where nothing is found, or something without those orders.</param>
    /// <param name="orders">Orders of the members that losses are averaged over beside; 1 for none.</param>
    /// <exception cref="InputException">What is found is not what was written, or the folder cannot be written.</exception>
    public static (string Folder, EnsembleScores Scores) FindOrMeasure(
        string store,
        IReadOnlyList<EnsembleMember> members,
        long? validationTokens,
        Func<EnsembleScores> measure,
        int orders = 1)
    {
        if (FindScores(store, members, validationTokens) is { } found && (orders == 1 || found.Orders?.Count == orders))
            return (PathOf(store, members, validationTokens), orders == 1 ? found with { Orders = null } : found);
        EnsembleScores measured = measure();
        return (Write(store, members, validationTokens, measured), measured);
    }

    /// <summary>Where the ensemble of these members lies, or will, in a store.</summary>
    public static string PathOf(string store, IReadOnlyList<EnsembleMember> members, long? validationTokens) =>
        Path.Combine(store, Manifest(store, members, validationTokens).Id());

    /// <summary>Writes an ensemble into its folder.</summary>
    /// <returns>The folder.</returns>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static string Write(string store, IReadOnlyList<EnsembleMember> members, long? validationTokens, EnsembleScores scores)
    {
        string folder = PathOf(store, members, validationTokens);
        try
        {
            DurableFile.CreateFolder(folder);
            EnsembleManifest manifest = Manifest(folder, members, validationTokens);
            DurableFile.WriteAllText(Path.Combine(folder, ScoresFileName), ChecksummedJson.Serialize(scores));
            DurableFile.WriteAllText(Path.Combine(folder, ManifestFileName), JsonSerializer.Serialize(manifest, RunJson.Indented) + "\n");
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The ensemble's folder '{folder}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>What came out of the ensemble of these members before, or null.</summary>
    /// <exception cref="InputException">scores.json is not what was written.</exception>
    public static EnsembleScores? FindScores(string store, IReadOnlyList<EnsembleMember> members, long? validationTokens) =>
        FindScores(PathOf(store, members, validationTokens));

    /// <summary>What came out of the ensemble in a folder, or null.</summary>
    /// <exception cref="InputException">scores.json is not what was written.</exception>
    public static EnsembleScores? FindScores(string folder)
    {
        string path = Path.Combine(folder, ScoresFileName);
        EnsembleScores? scores = Find<EnsembleScores>(path);
        return scores is not { IsWhole: false }
            ? scores
            : throw new InputException($"'{path}' was edited or is damaged (its lists of losses have other lengths): delete it, and it is worked out again.");
    }

    /// <summary>The ensemble's manifest and what came out of it, without a look at its runs.</summary>
    /// <exception cref="InputException">A file is missing or not what was written.</exception>
    internal static (EnsembleManifest Manifest, EnsembleScores Scores) Read(string folder)
    {
        var manifest = EnsembleManifest.Read(Path.Combine(folder, ManifestFileName));
        EnsembleScores scores = FindScores(folder) ?? throw new InputException($"'{folder}' has no {ScoresFileName}.");
        return scores.Members.Count == manifest.Members.Count
            ? (manifest, scores)
            : throw new InputException($"'{folder}' has losses of {scores.Members.Count} members in {ScoresFileName} and {manifest.Members.Count} members in {ManifestFileName}.");
    }

    /// <summary>The weights of an ensemble's members, found in its folder or learned and put there.</summary>
    /// <param name="folder">The ensemble's.</param>
    /// <param name="learn">Called where nothing is found.</param>
    /// <exception cref="InputException">What is found is not what was written, or the folder cannot be written.</exception>
    public static EnsembleWeights FindOrLearn(string folder, Func<EnsembleWeights> learn)
    {
        string path = Path.Combine(folder, WeightsFileName);
        if (FindWeights(folder) is { } found)
            return found;
        EnsembleWeights learned = learn();
        ChecksummedJson.WriteFile(path, learned, $"The ensemble's folder '{folder}'");
        return learned;
    }

    /// <summary>The weights that were learned before, or null.</summary>
    /// <exception cref="InputException">weights.json is not what was written.</exception>
    public static EnsembleWeights? FindWeights(string folder) => Find<EnsembleWeights>(Path.Combine(folder, WeightsFileName));

    /// <summary>The ensemble's members.</summary>
    /// <exception cref="InputException">The folder is not an ensemble's, or a run is not what it was.</exception>
    public static IReadOnlyList<EnsembleMember> OpenMembers(string folder, Action<string>? warn = null)
    {
        string path = Path.Combine(folder, ManifestFileName);
        if (!File.Exists(path))
            throw new InputException($"'{folder}' is not an ensemble's folder: it has no {ManifestFileName}.");
        var manifest = EnsembleManifest.Read(path);
        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open(
            [.. manifest.Members.Select(member => EnsembleMember.NameOf(Path.GetFullPath(Path.Combine(folder, member.Folder)), member.Cycle))], warn);
        for (int i = 0; i < members.Count; i++)
        {
            if (members[i].Config.Id != manifest.Members[i].RunId)
                throw new InputException($"'{members[i].Folder}' is the run {members[i].Config.Id}; the ensemble in '{folder}' was made with {manifest.Members[i].RunId}.");
        }

        return members;
    }

    private static T? Find<T>(string path)
        where T : class
    {
        if (!File.Exists(path))
            return null;
        return ChecksummedJson.ReadFile<T>(path, "delete it, and it is worked out again");
    }

    private static EnsembleManifest Manifest(string folder, IReadOnlyList<EnsembleMember> members, long? validationTokens) => new(
        members[0].Config.DatasetHash,
        validationTokens,
        [.. members.Select(member => new EnsembleManifestMember(
            member.Config.Id,
            Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(member.Folder)).Replace('\\', '/'),
            member.Cycle))]);
}
