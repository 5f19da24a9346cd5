using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Data;

/// <summary>Names for datasets that are built into one folder: the same source and options are found again.</summary>
public static class DatasetStore
{
    private const int Digits = 8;

    /// <summary>Where the dataset of these options lies, or will.</summary>
    /// <param name="root">The folder of datasets.</param>
    /// <param name="options">Only what the tokenizer and the source are shows in the name, and digits of the rest where it is not the default.</param>
    public static string PathOf(string root, DatasetOptions options)
    {
        string name = $"{NameOf(options.Source)}-{NameOf(options.Tokenizer).Replace(':', '-')}";
        DatasetOptions plain = new() { Source = options.Source, Tokenizer = options.Tokenizer, Threads = options.Threads };
        return Path.Combine(root, options == plain ? name : $"{name}-{ContentDigest.Of(Canonical(options))[..Digits]}");
    }

    /// <summary>A text that is the same wherever the source lies: its name without its folder, and every option that decides the tokens.</summary>
    /// <param name="options">Of the dataset.</param>
    /// <param name="tokenizerOf">The key of the dataset whose tokenizer it has; null for the options' own.</param>
    public static string KeyOf(DatasetOptions options, string? tokenizerOf = null) => Canonical(options with
    {
        Source = Path.GetFileName(Path.TrimEndingDirectorySeparator(options.Source)),
        Validation = options.Validation is { } validation ? Path.GetFileName(Path.TrimEndingDirectorySeparator(validation)) : null,
        Tokenizer = tokenizerOf is null ? Path.GetFileName(options.Tokenizer) : ContentDigest.Of(tokenizerOf)[..Digits],
    });

    private static string Canonical(DatasetOptions options) => JsonSerializer.Serialize(new Identity(
        options.Source,
        options.Validation,
        options.TextField,
        options.Tokenizer,
        options.Pieces?.ToString(),
        options.Separator,
        options.ValidationShare,
        options.SplitSeed,
        options.Tokens,
        options.Deduplicate)
    {
        DocumentBytes = options.DocumentBytes,
        WholeFiles = options.WholeFiles,
    });

    /// <summary>A file's or folder's name, and digits of its full path: another one of the same name is another dataset.</summary>
    private static string NameOf(string source)
    {
        if (!Path.Exists(source))
            return source;
        string path = Path.GetFullPath(Path.TrimEndingDirectorySeparator(source));
        return $"{Path.GetFileNameWithoutExtension(path)}-{ContentDigest.Of(path)[..Digits]}";
    }

    /// <summary>What decides the tokens. Ledgers have it as JSON, so that what came later is left out at its default.</summary>
    private sealed record Identity(
        string Source,
        string? Validation,
        string TextField,
        string Tokenizer,
        string? Pieces,
        string? Separator,
        double ValidationShare,
        ulong SplitSeed,
        long? Tokens,
        bool Deduplicate)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public int? DocumentBytes { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool WholeFiles { get; init; }
    }
}
