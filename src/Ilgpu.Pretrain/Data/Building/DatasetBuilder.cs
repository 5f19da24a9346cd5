using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>Makes dataset folders of text.</summary>
public static class DatasetBuilder
{
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
        options.Validate();
        TokenizerChoice choice = TokenizerChoice.Of(options);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RequireReplaceable(folder);
        progress?.Report(new BuildProgress("hashing sources", 0, 0, 0, 0));
        var text = new DatasetText(options, cancellation);

        string beside = Path.Combine(Path.GetDirectoryName(folder) ?? folder, $".{Path.GetFileName(folder)}");
        using IDisposable held = Lock(folder, beside, cancellation);
        string building = beside + ".building";
        string replaced = beside + ".replaced";
        PutBack(replaced, folder);
        if (OpenIfSame(options, choice, text, folder) is { } dataset)
            return dataset;

        Remove(building);
        Remove(replaced);
        try
        {
            Directory.CreateDirectory(building);
            Write(options, choice, text, building, progress, cancellation);
            if (Directory.Exists(folder))
                Directory.Move(folder, replaced);
            DurableFile.RenameFolder(building, folder);
        }
        catch (IOException e)
        {
            throw new IOException($"{folder} was not built: {e.Message.TrimEnd('.')}; what was written of it is removed.", e);
        }
        finally
        {
            Remove(building);
            PutBack(replaced, folder);
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

    private static TokenDataset? OpenIfSame(DatasetOptions options, TokenizerChoice choice, DatasetText text, string folder)
    {
        if (!TokenDataset.IsAt(folder))
            return null;
        try
        {
            TokenDataset dataset = TokenDataset.Open(folder, verify: true);
            if (IsSame(dataset.Manifest, options, choice, text))
                return dataset;
            dataset.Dispose();
        }
        catch (InputException)
        {
            // Damaged or of another version: it is about to be built from its sources again.
        }

        return null;
    }

    private static bool IsSame(DatasetManifest found, DatasetOptions options, TokenizerChoice choice, DatasetText text) =>
        found.SourceFiles.SequenceEqual(text.Files)
        && (found.ValidationSourceFiles ?? []).SequenceEqual(text.ValidationFiles ?? [])
        && found.TextField == options.TextField
        && found.Split.Seed == options.SplitSeed
        && found.Split.ValidationShare.Equals(ShareOf(options))
        && found.TokensAsked == options.Tokens
        && found.Deduplicated == options.Deduplicate
        && found.DocumentBytes == options.DocumentBytes
        && found.Split.Unit == SplitUnit.File == options.WholeFiles
        && found.Tokenizer.FittedAs == choice.FittedAs
        && (choice is not TokenizerChoice.Ready ready || found.Tokenizer.Fingerprint == ready.Tokenizer.Fingerprint)
        && (found.Separator?.Token ?? DatasetOptions.NoSeparator) == (options.Separator ?? choice.EndOfText);

    private static void Write(
        DatasetOptions options,
        TokenizerChoice choice,
        DatasetText text,
        string folder,
        IProgress<BuildProgress>? progress,
        CancellationToken cancellation)
    {
        Tokenizer tokenizer = TokenizerFitting.Fit(choice, text, options, progress, cancellation);
        int? separator = SeparatorOf(options, tokenizer);
        int bytesPerId = MappedTokens.BytesPerId(tokenizer.VocabularySize);
        var index = new DocumentIndex();
        using var writer = new DatasetWriter(folder, bytesPerId);
        new DocumentEncoder(tokenizer, separator, options.Threads, writer).Encode(
            text.Read(index, cancellation),
            () => progress?.Report(new BuildProgress("encoding", writer.Documents, writer.Tokens, text.BytesRead, text.TotalBytes)),
            cancellation);
        progress?.Report(new BuildProgress("writing", writer.Documents, writer.Tokens, text.TotalBytes, text.TotalBytes));
        DocumentSplit split = text.Split(index);
        WrittenDataset written = writer.Complete(split, index.TextBytes, options.Tokens, tokenizer, cancellation);
        TokenizerFolder.Save(tokenizer, folder);
        var manifest = new DatasetManifest
        {
            Format = DatasetFiles.Format,
            Hash = "",
            Source = options.Source,
            SourceFiles = text.Files,
            ValidationSource = options.Validation,
            ValidationSourceFiles = text.ValidationFiles,
            TextField = options.TextField,
            DocumentBytes = options.DocumentBytes,
            Tokenizer = new DatasetTokenizer(tokenizer.Name, tokenizer.Description, choice.FittedAs, tokenizer.VocabularySize, tokenizer.Fingerprint),
            Separator = separator is { } id ? new DatasetSeparator(tokenizer.Show(id), id) : null,
            Split = new DatasetSplit(options.SplitSeed, ShareOf(options), text.Unit),
            TokensAsked = options.Tokens,
            Train = written.Train,
            Validation = written.Validation,
            EmptyDocuments = text.EmptyDocuments,
            Deduplicated = options.Deduplicate,
            DuplicateDocuments = split.Duplicates,
            BytesPerId = bytesPerId,
            TokensSha256 = written.TokensSha256,
            DocumentsSha256 = written.DocumentsSha256,
        };
        writer.WriteManifest(manifest with { Hash = manifest.ContentHash() });
    }

    private static double? ShareOf(DatasetOptions options) => options.Validation is null ? options.ValidationShare : null;

    private static int? SeparatorOf(DatasetOptions options, Tokenizer tokenizer) => options.Separator switch
    {
        DatasetOptions.NoSeparator => null,
        null => tokenizer.EndOfText
            ?? throw new InputException($"the tokenizer '{options.Tokenizer}' has no token that ends a text: name one of its special tokens with --separator, or '{DatasetOptions.NoSeparator}'"),
        var name => tokenizer.SpecialToken(name),
    };

    /// <summary>A dataset that was moved aside for one that did not come to its place.</summary>
    private static void PutBack(string replaced, string folder)
    {
        if (Directory.Exists(replaced) && !Directory.Exists(folder))
            Directory.Move(replaced, folder);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
