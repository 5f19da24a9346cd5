using System.Globalization;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>What a dataset is, in a few lines.</summary>
internal static class DatasetDescription
{
    public static void Write(TokenDataset dataset, TextWriter words)
    {
        DatasetManifest manifest = dataset.Manifest;
        words.WriteLine($"  folder      {dataset.Folder}");
        words.WriteLine($"  hash        {dataset.Hash}");
        words.WriteLine($"  source      {Source(manifest.Source, manifest.SourceFiles)}");
        if (manifest.ValidationSource is { } validation)
            words.WriteLine($"  validation  {Source(validation, manifest.ValidationSourceFiles!)}");
        string fitted = manifest.Tokenizer.FittedAs is { } fittedAs ? $", made of this text ({fittedAs})" : "";
        words.WriteLine($"  tokenizer   {manifest.Tokenizer.Description}, {manifest.Tokenizer.VocabularySize:N0} ids{fitted}; "
            + (manifest.Separator is { } separator ? $"behind each document {separator.Token} ({separator.Id})" : "nothing between documents"));
        if (manifest.DocumentBytes is { } most)
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  documents   of at most {most:N0} bytes: longer texts were cut"));
        words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  split       {Split(manifest.Split)}, seed {manifest.Split.Seed}"));
        words.WriteLine($"  training    {Part(manifest.Train)}{(manifest.TokensAsked is null ? "" : ", the first ones as asked for")}");
        words.WriteLine($"  held out    {Part(manifest.Validation)}");
        string duplicates = manifest.Deduplicated ? $", {manifest.DuplicateDocuments:N0} that repeat another" : "";
        if (manifest.EmptyDocuments > 0 || manifest.Deduplicated)
            words.WriteLine($"  left out    {manifest.EmptyDocuments:N0} documents without text{duplicates}");
    }

    private static string Source(string name, IReadOnlyList<SourceFile> files) =>
        $"{name} ({files.Count:N0} {(files.Count == 1 ? "file" : "files")}, {Units.Bytes(files.Sum(file => file.Bytes))})";

    private static string Split(DatasetSplit split) => split.Unit switch
    {
        SplitUnit.Given => "given by files",
        SplitUnit.Line => string.Create(CultureInfo.InvariantCulture, $"the last {split.ValidationShare:0.####} of the one document's bytes, by lines"),
        SplitUnit.File => string.Create(CultureInfo.InvariantCulture, $"{split.ValidationShare:0.####} of the bytes, by whole files and rows"),
        SplitUnit.Type => string.Create(CultureInfo.InvariantCulture, $"{split.ValidationShare:0.####} of the bytes, by types with all their members"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{split.ValidationShare:0.####} of the bytes, by documents"),
    };

    private static string Part(DatasetPart part) =>
        string.Create(CultureInfo.InvariantCulture, $"{part.Tokens:N0} tokens, {part.Documents:N0} documents, {Units.Bytes(part.TextBytes)} of text, {part.BytesPerToken:0.000} bytes a token");
}
