using System.Buffers;
using Ilgpu.Pretrain.Data.Sources;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>Makes dataset folders of text.</summary>
public static class DatasetBuilder
{
    /// <summary>Text that is encoded at a time, documents side by side.</summary>
    private const int BytesAtOnce = 1 << 23;

    /// <summary>
    /// Builds the dataset, or opens the one in the folder when it was made of the same sources with the same options.
    /// Written beside the folder and renamed when complete: a build that fails or is cancelled leaves nothing, and what
    /// one that was killed left is removed by the next.
    /// </summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="folder">New, empty, or a dataset folder (which is replaced when it holds another dataset).</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A source, an option or the folder cannot be used.</exception>
    public static TokenDataset Build(
        DatasetOptions options,
        string folder,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        InputException.ThrowUnless(options.ValidationShare is > 0 and < 1, "--validation-share", options.ValidationShare, "a number between 0 and 1, both excluded");
        InputException.ThrowUnless(options.Threads >= 1, "the number of threads", options.Threads, "1 or more");
        Tokenizer tokenizer = Tokenizer.Load(options.Tokenizer);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RequireReplaceable(folder);
        progress?.Report(new BuildProgress("reading sources", 0, 0));
        TextSource source = TextSource.Open(options.Source, "text", options.Threads, cancellation);

        string beside = Path.Combine(Path.GetDirectoryName(folder) ?? folder, $".{Path.GetFileName(folder)}");
        using IDisposable held = Lock(folder, beside, cancellation);
        if (OpenIfSame(options, tokenizer, source, folder) is { } dataset)
            return dataset;

        string building = beside + ".building";
        string replaced = beside + ".replaced";
        Remove(building);
        Remove(replaced);
        try
        {
            Directory.CreateDirectory(building);
            Write(options, tokenizer, source, building, progress, cancellation);
            if (Directory.Exists(folder))
                Directory.Move(folder, replaced);
            Directory.Move(building, folder);
        }
        finally
        {
            Remove(building);
            Remove(replaced);
        }

        return TokenDataset.Open(folder);
    }

    private static void RequireReplaceable(string folder)
    {
        if (File.Exists(folder))
            throw new InputException($"{folder} is a file, a dataset is a folder");
        if (Directory.Exists(folder)
            && !TokenDataset.IsAt(folder)
            && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new InputException($"{folder} is not a dataset folder and not empty: name another");
    }

    private static IDisposable Lock(string folder, string beside, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(beside)!);
            return FolderLock.Take(beside + ".lock", cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be written: {e.Message}", e);
        }
    }

    private static TokenDataset? OpenIfSame(DatasetOptions options, Tokenizer tokenizer, TextSource source, string folder)
    {
        if (!TokenDataset.IsAt(folder))
            return null;
        try
        {
            TokenDataset dataset = TokenDataset.Open(folder, verify: true);
            DatasetManifest found = dataset.Manifest;
            if (found.Split.Seed == options.SplitSeed
                && found.Split.ValidationShare.Equals(options.ValidationShare)
                && found.Tokenizer.Fingerprint == tokenizer.Fingerprint
                && found.SourceFiles.SequenceEqual(source.Files))
                return dataset;
            dataset.Dispose();
        }
        catch (InputException)
        {
            // Damaged or of another version: it is about to be built from its sources again.
        }

        return null;
    }

    private static void Write(
        DatasetOptions options,
        Tokenizer tokenizer,
        TextSource source,
        string folder,
        IProgress<BuildProgress>? progress,
        CancellationToken cancellation)
    {
        using var writer = new DatasetWriter(folder, MappedTokens.BytesPerId(tokenizer.VocabularySize));
        (long empty, SplitUnit unit) = Encode(options, tokenizer, source, writer, progress, cancellation);
        DocumentSplit split = unit == SplitUnit.Line
            ? new DocumentSplit(Train: [0], Validation: [1])
            : DocumentSplit.Draw(writer.TextBytes, writer.Groups, options.ValidationShare, options.SplitSeed);
        progress?.Report(new BuildProgress("writing", writer.TextBytes.Count, writer.Tokens));
        (string tokensHash, string documentsHash) = writer.Complete(split, cancellation);
        var manifest = new DatasetManifest
        {
            Format = DatasetFiles.Format,
            Hash = "",
            Source = options.Source,
            SourceFiles = source.Files,
            Tokenizer = new DatasetTokenizer(tokenizer.Name, tokenizer.VocabularySize, tokenizer.Fingerprint),
            Split = new DatasetSplit(options.SplitSeed, options.ValidationShare, unit),
            Train = writer.Count(split.Train),
            Validation = writer.Count(split.Validation),
            EmptyDocuments = empty,
            BytesPerId = MappedTokens.BytesPerId(tokenizer.VocabularySize),
            TokensSha256 = tokensHash,
            DocumentsSha256 = documentsHash,
        };
        writer.WriteManifest(manifest with { Hash = manifest.ContentHash() });
    }

    private static (long Empty, SplitUnit Unit) Encode(
        DatasetOptions options,
        Tokenizer tokenizer,
        TextSource source,
        DatasetWriter writer,
        IProgress<BuildProgress>? progress,
        CancellationToken cancellation)
    {
        long empty = 0;
        long gatheredBytes = 0;
        var gathered = new List<TextDocument>();
        foreach (TextDocument document in source.Documents(cancellation))
        {
            if (document.IsEmpty)
            {
                empty++;
                continue;
            }

            if (gatheredBytes >= BytesAtOnce)
                EncodeGathered();
            gathered.Add(document);
            gatheredBytes += document.Utf8.Length;
        }

        if (gathered.Count == 0)
            throw new InputException($"source: '{options.Source}' is empty: {empty} documents, none of them with any text");
        SplitUnit unit = source.Unit;
        if (gathered.Count == 1 && writer.TextBytes.Count == 0)
        {
            (TextDocument train, TextDocument validation) = DocumentCut.AtLine(gathered[0], options.ValidationShare);
            gathered = [train, validation];
            unit = SplitUnit.Line;
        }

        EncodeGathered();
        if (writer.Groups[^1] == 0)
            throw new InputException($"source: '{options.Source}' has one {unit.ToString().ToLowerInvariant()}, which cannot be split into training and validation");
        return (empty, unit);

        void EncodeGathered()
        {
            var ids = new ArrayBufferWriter<int>[gathered.Count];
            Workers.For(
                ids.Length,
                options.Threads,
                i =>
                {
                    ReadOnlySpan<byte> text = gathered[i].Utf8.Span;
                    ids[i] = new ArrayBufferWriter<int>((text.Length / 4) + 1);
                    tokenizer.Encode(text, ids[i]);
                    ids[i].Write([tokenizer.EndOfText!.Value]);
                },
                cancellation);
            for (int i = 0; i < ids.Length; i++)
                writer.Add(ids[i].WrittenSpan, gathered[i].Utf8.Length, gathered[i].WithPrevious);
            gathered.Clear();
            gatheredBytes = 0;
            progress?.Report(new BuildProgress("encoding", writer.TextBytes.Count, writer.Tokens));
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
