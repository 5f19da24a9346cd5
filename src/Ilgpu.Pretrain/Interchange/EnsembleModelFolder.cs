using System.Globalization;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// An ensemble in Hugging Face's layout, as exports and imports are: a <see cref="ModelFolder"/> a member, and members.json,
/// which names them in their order. Everything is checked when it is opened.
/// </summary>
public sealed class EnsembleModelFolder
{
    private EnsembleModelFolder(IReadOnlyList<ModelFolder> members, EnsembleExportManifest manifest)
    {
        Members = members;
        Manifest = manifest;
    }

    /// <summary>In the order in which they are averaged; of one tokenizer.</summary>
    public IReadOnlyList<ModelFolder> Members { get; }

    /// <summary>Weights of the members that were learned, or null.</summary>
    public EnsembleWeights? LearnedWeights => Manifest.LearnedWeights;

    internal EnsembleExportManifest Manifest { get; }

    /// <summary>Whether a folder has an ensemble in this layout.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, EnsembleExportManifest.FileName));

    /// <param name="folder">Where it lies.</param>
    /// <param name="tokenizer">Where the tokenizer of all members lies; null for beside each one's weights.</param>
    /// <exception cref="InputException">members.json is damaged or leads out of the folder, or a member is missing, damaged or does not go with the first.</exception>
    public static EnsembleModelFolder Open(string folder, string? tokenizer = null)
    {
        var manifest = EnsembleExportManifest.Read(folder);
        var members = new List<ModelFolder>();
        foreach (string path in manifest.Members.Select(member => Path.Combine(folder, member.Folder)))
        {
            if (!Directory.Exists(path))
                throw new InputException($"'{Path.Combine(folder, EnsembleExportManifest.FileName)}' names the member '{Printable.OneLine(Path.GetFileName(path))}', which is not there.");
            members.Add(ModelFolder.Open(path, tokenizer));
            RequireAlike(members[0], members[^1], members.Count);
        }

        return new EnsembleModelFolder(members, manifest);
    }

    /// <summary>Writes the members, members.json and a model card into an empty folder.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="options">How a member is written.</param>
    /// <param name="origin">Where it is from, for its members' cards.</param>
    /// <param name="cancellation">Stops it.</param>
    internal void WriteTo(string folder, ExportOptions options, string origin, CancellationToken cancellation)
    {
        string[] names = [.. Members.Select((_, i) => NameOf(i))];
        for (int i = 0; i < names.Length; i++)
        {
            ModelFolder member = Members[i];
            string target = Path.Combine(folder, names[i]);
            DurableFile.CreateFolder(target);
            using SafetensorsWeights weights = SafetensorsWeights.Open(member.WeightsPath);
            new ModelFolderWriter(member.HuggingFace, member.Tokenizer, weights) { Type = options.Type, ShardBytes = options.ShardBytes }
                .Write(target, ModelCard.OfImport(member.Config, member.Tokenizer, origin), cancellation);
        }

        (Manifest with { Members = [.. Manifest.Members.Select((member, i) => member with { Folder = names[i] })] }).Write(folder);
        string card = ModelCard.OfEnsemble([.. Manifest.Members.Select((member, i) => (names[i], EnsembleMember.NameOf(member.RunId, member.Cycle)))], Manifest.Scores, EnsembleExportManifest.FileName, isImported: true);
        DurableFile.WriteAllText(Path.Combine(folder, ModelCard.FileName), card);
    }

    /// <summary>What exports call a member's folder.</summary>
    /// <param name="index">From 0.</param>
    internal static string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"member-{index + 1:00}");

    private static void RequireAlike(ModelFolder first, ModelFolder other, int number)
    {
        Require("the vocabulary", first.Config.Vocabulary, other.Config.Vocabulary);
        Require("the tokenizer", Shown(first.Tokenizer), Shown(other.Tokenizer));
        Require("the token that begins a text", Shown(first.BeginningOfText), Shown(other.BeginningOfText));
        Require("the tokens that end a text", string.Join(", ", first.EndsOfText), string.Join(", ", other.EndsOfText));

        void Require<T>(string what, T expected, T found)
        {
            if (!EqualityComparer<T>.Default.Equals(expected, found))
                throw new InputException($"Members of an ensemble share {what}: it is {expected} in '{first.Location}' and {found} in '{other.Location}', member {number}.");
        }
    }

    private static string Shown(int? id) => id is { } known ? known.ToString(CultureInfo.InvariantCulture) : "none";

    private static string Shown(Tokenizer tokenizer) => $"{ContentDigest.IdOf(tokenizer.Fingerprint)} ({tokenizer.Description})";
}
