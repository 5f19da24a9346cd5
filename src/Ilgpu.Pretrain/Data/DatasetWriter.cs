using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ilgpu.Pretrain.Data;

/// <summary>
/// Writes ids of documents as they come, then once more in the split's order: neither takes more memory than one
/// document, however large the corpus.
/// </summary>
internal sealed class DatasetWriter : IDisposable
{
    private const string Spool = "spool.bin";
    private const int IdsAtOnce = 1 << 16;

    private readonly string folder;
    private readonly int bytesPerId;
    private readonly byte[] packed;
    private readonly FileStream spool;
    private readonly List<long> starts = [0];
    private readonly List<long> textBytes = [];
    private readonly List<int> groups = [];

    public DatasetWriter(string folder, int bytesPerId)
    {
        this.folder = folder;
        this.bytesPerId = bytesPerId;
        packed = new byte[IdsAtOnce * bytesPerId];
        spool = Create(Spool);
    }

    /// <summary>UTF-8 bytes of each document so far.</summary>
    public IReadOnlyList<long> TextBytes => textBytes;

    /// <summary>The group of each document so far, counted from 0: the split must not divide one.</summary>
    public IReadOnlyList<int> Groups => groups;

    public long Tokens => starts[^1];

    /// <param name="ids">Of one document, with the end-of-text id.</param>
    /// <param name="bytes">UTF-8 bytes of its text.</param>
    /// <param name="withPrevious">Whether it belongs to the group of the document before it.</param>
    public void Add(ReadOnlySpan<int> ids, long bytes, bool withPrevious)
    {
        groups.Add(groups.Count == 0 ? 0 : withPrevious ? groups[^1] : groups[^1] + 1);
        starts.Add(Tokens + ids.Length);
        textBytes.Add(bytes);
        while (!ids.IsEmpty)
        {
            ReadOnlySpan<int> some = ids[..Math.Min(ids.Length, IdsAtOnce)];
            Span<byte> target = packed.AsSpan(0, some.Length * bytesPerId);
            MappedTokens.Pack(some, target, bytesPerId);
            spool.Write(target);
            ids = ids[some.Length..];
        }
    }

    public DatasetPart Count(int[] documents) => new(
        documents.Length,
        documents.Sum(document => starts[document + 1] - starts[document]),
        documents.Sum(document => textBytes[document]));

    /// <summary>Writes <see cref="DatasetFiles.Tokens"/> and <see cref="DatasetFiles.Documents"/>, flushed to the disk, and gives their hashes.</summary>
    public (string Tokens, string Documents) Complete(DocumentSplit split, CancellationToken cancellation)
    {
        spool.Dispose();
        string tokensHash;
        string documentsHash;
        using (var ids = new MappedTokens(Path.Combine(folder, Spool), bytesPerId))
        using (var tokens = new HashedFile(Create(DatasetFiles.Tokens)))
        using (var documents = new HashedFile(Create(DatasetFiles.Documents)))
        {
            Span<byte> bound = stackalloc byte[sizeof(long)];
            long written = 0;
            BinaryPrimitives.WriteInt64LittleEndian(bound, written);
            documents.Write(bound);
            foreach (int document in split.Train.Concat(split.Validation))
            {
                cancellation.ThrowIfCancellationRequested();
                for (long first = starts[document]; first < starts[document + 1]; first += IdsAtOnce)
                    tokens.Write(ids.Packed(first, (int)Math.Min(IdsAtOnce, starts[document + 1] - first)));
                written += starts[document + 1] - starts[document];
                BinaryPrimitives.WriteInt64LittleEndian(bound, written);
                documents.Write(bound);
            }

            tokensHash = tokens.Complete();
            documentsHash = documents.Complete();
        }

        File.Delete(Path.Combine(folder, Spool));
        return (tokensHash, documentsHash);
    }

    public void WriteManifest(DatasetManifest manifest)
    {
        using FileStream file = Create(DatasetFiles.Manifest);
        manifest.Write(file);
        file.Flush(flushToDisk: true);
    }

    public void Dispose() => spool.Dispose();

    private FileStream Create(string name) =>
        new(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);

    private sealed class HashedFile(FileStream file) : IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public void Write(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            file.Write(bytes);
        }

        public string Complete()
        {
            file.Flush(flushToDisk: true);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }

        public void Dispose()
        {
            hash.Dispose();
            file.Dispose();
        }
    }
}
