using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>Sampled sequences as a dataset folder.</summary>
internal static class SyntheticDataset
{
    private const int IdsAtOnce = 1 << 16;

    /// <summary>
    /// The sequences one after the other, parted into documents where the token between them stands, or else each a document;
    /// then the validation part of the dataset that the teachers know.
    /// </summary>
    /// <param name="folder">There already, and empty.</param>
    /// <param name="recipe">Of the corpus.</param>
    /// <param name="dataset">The teachers'.</param>
    /// <param name="file">With all sequences.</param>
    /// <param name="cancellation">Stops it.</param>
    public static void Write(string folder, SyntheticRecipe recipe, TokenDataset dataset, SequenceFile file, CancellationToken cancellation)
    {
        DatasetManifest real = dataset.Manifest;
        var textBytes = new List<long>();
        using var writer = new DatasetWriter(folder, real.BytesPerId);
        WriteSequences(writer, textBytes, recipe, dataset, file, cancellation);
        int train = writer.Documents;
        WriteValidation(writer, textBytes, dataset, cancellation);
        var split = new DocumentSplit([.. Enumerable.Range(0, train)], [.. Enumerable.Range(train, writer.Documents - train)], Duplicates: 0);
        WrittenDataset written = writer.Complete(split, textBytes, recipe.Tokens, dataset.Tokenizer, cancellation);
        TokenizerFolder.Save(dataset.Tokenizer, folder);
        var manifest = new DatasetManifest
        {
            Format = DatasetFiles.Format,
            Hash = "",
            Source = $"sampled from {string.Join(", ", recipe.Teachers)}",
            SourceFiles = [],
            ValidationSource = $"the validation part of {dataset.Hash}",
            ValidationSourceFiles = [],
            TextField = real.TextField,
            Tokenizer = real.Tokenizer with { FittedAs = null },
            Separator = real.Separator,
            Split = new DatasetSplit(recipe.Seed, null, SplitUnit.Given),
            Train = written.Train,
            Validation = written.Validation,
            TokensAsked = recipe.Tokens,
            EmptyDocuments = 0,
            Deduplicated = false,
            DuplicateDocuments = 0,
            BytesPerId = real.BytesPerId,
            TokensSha256 = written.TokensSha256,
            DocumentsSha256 = written.DocumentsSha256,
        };
        writer.WriteManifest(manifest with { Hash = manifest.ContentHash() });
    }

    private static void WriteSequences(DatasetWriter writer, List<long> textBytes, SyntheticRecipe recipe, TokenDataset dataset, SequenceFile file, CancellationToken cancellation)
    {
        var ids = new int[recipe.Length];
        long documentBytes = 0;
        for (long sequence = 0; sequence < recipe.Sequences; sequence++)
        {
            cancellation.ThrowIfCancellationRequested();
            file.Read(sequence, ids);
            ReadOnlySpan<int> left = ids;
            while (!left.IsEmpty)
            {
                int end = dataset.Separator is { } separator ? left.IndexOf(separator) + 1 : left.Length;
                ReadOnlySpan<int> document = left[..(end == 0 ? left.Length : end)];
                writer.Append(document);
                documentBytes += dataset.Tokenizer.TextBytes(document);
                left = left[document.Length..];
                if (end == 0)
                    continue;
                writer.EndDocument();
                textBytes.Add(documentBytes);
                documentBytes = 0;
            }
        }
    }

    private static void WriteValidation(DatasetWriter writer, List<long> textBytes, TokenDataset dataset, CancellationToken cancellation)
    {
        long first = dataset.Manifest.Train.Documents;
        long partStart = dataset.Manifest.Train.Tokens;
        var ids = new int[IdsAtOnce];
        for (long document = first; document < first + dataset.Manifest.Validation.Documents; document++)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = dataset.DocumentStart(document) - partStart;
            long end = dataset.DocumentStart(document + 1) - partStart;
            textBytes.Add(dataset.TextBytes(dataset.Validation, start, end));
            for (long at = start; at < end; at += IdsAtOnce)
            {
                Span<int> some = ids.AsSpan(0, (int)Math.Min(IdsAtOnce, end - at));
                dataset.Validation.Read(at, some);
                writer.Append(some);
            }

            writer.EndDocument();
        }
    }
}
