using System.Buffers.Binary;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>A dataset folder, memory-mapped. Its parts may be read from many threads at a time.</summary>
public sealed class TokenDataset : IDisposable
{
    /// <summary>More than any file has; their bytes can be counted in 64 bits.</summary>
    private const long MostIds = 1L << 48;

    private readonly MappedTokens tokens;

    private TokenDataset(string folder, DatasetManifest manifest, Tokenizer tokenizer, MappedTokens tokens)
    {
        Folder = folder;
        this.tokens = tokens;
        Manifest = manifest;
        Tokenizer = tokenizer;
        Train = tokens.Part(0, manifest.Train.Tokens);
        Validation = tokens.Part(manifest.Train.Tokens, manifest.Validation.Tokens);
    }

    /// <summary>Where it lies: a full path.</summary>
    public string Folder { get; }

    public DatasetManifest Manifest { get; }

    /// <summary>The hash of the tokens, the documents' bounds, the split and the tokenizer: what a run's result depends on.</summary>
    public string Hash => Manifest.Hash;

    public Tokenizer Tokenizer { get; }

    /// <summary>The id behind each document, or null where there is none.</summary>
    public int? Separator => Manifest.Separator?.Id;

    /// <summary>The training documents in a seeded order, so that the first ones are a random sample.</summary>
    public TokenSpan Train { get; }

    /// <summary>The documents held out, in a seeded order too.</summary>
    public TokenSpan Validation { get; }

    /// <summary>Whether a folder is a dataset's; <see cref="Open"/> tells whether it is whole.</summary>
    public static bool IsAt(string folder) => File.Exists(ManifestOf(folder));

    /// <summary>Opens a dataset folder.</summary>
    /// <param name="folder">What <see cref="DatasetBuilder"/> wrote.</param>
    /// <param name="verify">Whether the files' hashes are checked too, not only their lengths and bounds.</param>
    /// <exception cref="InputException">It is not a dataset folder, or it is damaged.</exception>
    public static TokenDataset Open(string folder, bool verify = false)
    {
        string manifestPath = ManifestOf(folder);
        if (!IsAt(folder))
            throw new InputException(Directory.Exists(folder)
                ? $"{folder} is not a dataset folder: it has no {DatasetFiles.Manifest}"
                : $"{folder}: no such dataset folder");
        DatasetManifest manifest = DatasetManifest.Read(manifestPath);
        if (manifest.Format != DatasetFiles.Format)
            throw new InputException($"{manifestPath} has format {manifest.Format}, this version reads {DatasetFiles.Format}: build the dataset anew");
        Tokenizer tokenizer = TokenizerFolder.Load(folder, manifest.Tokenizer.Name);
        if (tokenizer.Fingerprint != manifest.Tokenizer.Fingerprint)
            throw new InputException($"{folder} was built with another tokenizer '{manifest.Tokenizer.Name}' than this one: build the dataset anew");

        RequirePossible(manifestPath, manifest, tokenizer);
        string tokensPath = Path.Combine(folder, DatasetFiles.Tokens);
        string documentsPath = Path.Combine(folder, DatasetFiles.Documents);
        long tokens = manifest.Train.Tokens + manifest.Validation.Tokens;
        long documents = manifest.Train.Documents + manifest.Validation.Documents;
        RequireLength(tokensPath, tokens * manifest.BytesPerId);
        RequireLength(documentsPath, (documents + 1) * sizeof(long));
        RequireBound(documentsPath, 0, 0);
        RequireBound(documentsPath, manifest.Train.Documents, manifest.Train.Tokens);
        RequireBound(documentsPath, documents, tokens);
        if (verify)
        {
            RequireHash(tokensPath, manifest.TokensSha256);
            RequireHash(documentsPath, manifest.DocumentsSha256);
        }

        var dataset = new TokenDataset(Path.GetFullPath(folder), manifest, tokenizer, new MappedTokens(tokensPath, manifest.BytesPerId));
        try
        {
            if (verify)
                dataset.RequireIds(tokensPath);
            return dataset;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>Where the documents of the first training tokens begin, and where the last one, cut at their end, ends.</summary>
    /// <param name="tokens">From 1 to the training part's length.</param>
    /// <returns>Rising from 0 to <paramref name="tokens"/>: one more than there are documents.</returns>
    /// <exception cref="InputException">The file of bounds is damaged.</exception>
    public long[] TrainDocumentBounds(long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Train.Length);
        string path = Path.Combine(Folder, DatasetFiles.Documents);
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        file.Position = sizeof(long);
        var bounds = new List<long> { 0 };
        while (bounds[^1] < tokens)
        {
            if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                throw new InputException($"{path} is damaged: its documents end at token {bounds[^1]}, {DatasetFiles.Manifest} says {Train.Length}");
            long end = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            if (end <= bounds[^1] || end > Train.Length)
                throw new InputException($"{path} is damaged: document {bounds.Count - 1} starts at token {bounds[^1]} and ends at {end} of {Train.Length}");
            bounds.Add(Math.Min(end, tokens));
        }

        return [.. bounds];
    }

    /// <summary>The token at which a document starts, counted over both parts; of the number of documents, where the last one ends.</summary>
    internal long DocumentStart(long document) => ReadBound(Path.Combine(Folder, DatasetFiles.Documents), document);

    /// <summary>UTF-8 bytes of text that the first predicted tokens of the validation part stand for: all but its first token.</summary>
    /// <exception cref="InputException">They stand for no text, so that no loss can be told for a byte of it.</exception>
    public long ValidationTextBytes(long predicted) => TextBytes(Validation, 1, predicted + 1) is > 0 and var bytes
        ? bytes
        : throw new InputException($"the {predicted} validation tokens that are predicted stand for no text: take more with --val-tokens");

    /// <summary>UTF-8 bytes of text that the ids [start, end) of a part stand for.</summary>
    public long TextBytes(TokenSpan part, long start, long end)
    {
        const int IdsAtOnce = 1 << 14;
        var ids = new int[IdsAtOnce];
        long bytes = 0;
        for (long at = start; at < end; at += IdsAtOnce)
        {
            Span<int> some = ids.AsSpan(0, (int)Math.Min(IdsAtOnce, end - at));
            part.Read(at, some);
            bytes += Tokenizer.TextBytes(some);
        }

        return bytes;
    }

    public void Dispose() => tokens.Dispose();

    private static string ManifestOf(string folder) => Path.Combine(folder, DatasetFiles.Manifest);

    /// <summary>What a manifest says can be said of no dataset, whatever its hashes are.</summary>
    private static void RequirePossible(string path, DatasetManifest manifest, Tokenizer tokenizer)
    {
        if (manifest.BytesPerId != MappedTokens.BytesPerId(tokenizer.VocabularySize))
            throw new InputException($"{path} is damaged: ids of {manifest.BytesPerId} bytes are not those of a tokenizer of {tokenizer.VocabularySize} tokens");
        foreach (DatasetPart part in new[] { manifest.Train, manifest.Validation })
        {
            if (part.Documents is < 0 or > MostIds || part.Tokens is < 0 or > MostIds)
                throw new InputException($"{path} is damaged: a part of {part.Documents} documents and {part.Tokens} tokens is none");
        }

        if (manifest.Train.Tokens == 0)
            throw new InputException($"{path} is damaged: its training part has no tokens");
        if (manifest.Separator is { } separator && (separator.Id < 0 || separator.Id >= tokenizer.VocabularySize))
            throw new InputException($"{path} is damaged: the token between documents has the id {separator.Id}, and the tokenizer the ids 0 to {tokenizer.VocabularySize - 1}");
    }

    /// <summary>That every id has a token: a model would be asked for one that it has not.</summary>
    private void RequireIds(string path)
    {
        const int IdsAtOnce = 1 << 16;
        var ids = new int[IdsAtOnce];
        foreach (TokenSpan part in new[] { Train, Validation })
        {
            for (long at = 0; at < part.Length; at += IdsAtOnce)
            {
                Span<int> some = ids.AsSpan(0, (int)Math.Min(IdsAtOnce, part.Length - at));
                part.Read(at, some);
                // An id beyond 2^31 is negative here.
                foreach (int id in some)
                {
                    if ((uint)id >= (uint)Tokenizer.VocabularySize)
                        throw new InputException($"{path} is damaged: it has the id {(uint)id}, and the tokenizer the ids 0 to {Tokenizer.VocabularySize - 1}");
                }
            }
        }
    }

    private static void RequireLength(string path, long bytes)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new InputException($"{path} is missing: the dataset is damaged");
        if (file.Length != bytes)
            throw new InputException($"{path} is damaged: it has {file.Length} bytes, {DatasetFiles.Manifest} says {bytes}");
    }

    private static void RequireBound(string path, long document, long expected)
    {
        long start = ReadBound(path, document);
        if (start != expected)
            throw new InputException($"{path} is damaged: document {document} starts at token {start}, {DatasetFiles.Manifest} says {expected}");
    }

    private static long ReadBound(string path, long document)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        using FileStream file = File.OpenRead(path);
        file.Position = document * sizeof(long);
        file.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    private static void RequireHash(string path, string expected)
    {
        using FileStream file = File.OpenRead(path);
        if (ContentDigest.Of(file) != expected)
            throw new InputException($"{path} is damaged: its content is not what was written (SHA-256 differs from {DatasetFiles.Manifest})");
    }
}
