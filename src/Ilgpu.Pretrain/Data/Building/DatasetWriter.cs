using System.Buffers.Binary;
using System.Security.Cryptography;
using Ilgpu.Pretrain.Tokenization;
using Microsoft.Win32.SafeHandles;

namespace Ilgpu.Pretrain.Data;

/// <summary>
/// Writes ids of documents as they come, then once more in the split's order: neither takes more memory than 8 bytes a
/// document, however large the corpus. The disk has to hold the ids twice meanwhile.
/// </summary>
internal sealed class DatasetWriter : IDisposable
{
    private const string Spool = "spool.bin";
    private const int IdsAtOnce = 1 << 16;

    private readonly string folder;
    private readonly int bytesPerId;
    private readonly byte[] packed;
    private readonly FileStream spool;
    private readonly List<long> ends = [];

    public DatasetWriter(string folder, int bytesPerId)
    {
        this.folder = folder;
        this.bytesPerId = bytesPerId;
        packed = new byte[IdsAtOnce * bytesPerId];
        spool = Create(Spool);
    }

    public int Documents => ends.Count;

    public long Tokens { get; private set; }

    /// <summary>Ids of the document that is being written.</summary>
    public void Append(ReadOnlySpan<int> ids)
    {
        Tokens += ids.Length;
        while (!ids.IsEmpty)
        {
            ReadOnlySpan<int> some = ids[..Math.Min(ids.Length, IdsAtOnce)];
            Span<byte> target = packed.AsSpan(0, some.Length * bytesPerId);
            MappedTokens.Pack(some, target, bytesPerId);
            spool.Write(target);
            ids = ids[some.Length..];
        }
    }

    public void EndDocument() => ends.Add(Tokens);

    /// <summary>Writes <see cref="DatasetFiles.Tokens"/> and <see cref="DatasetFiles.Documents"/>, flushed to the disk.</summary>
    /// <param name="split">Of the documents written.</param>
    /// <param name="textBytes">UTF-8 bytes of each document.</param>
    /// <param name="trainTokens">Training tokens to keep, the last document cut; null for all.</param>
    /// <param name="tokenizer">That made the ids.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">There are fewer training tokens.</exception>
    public WrittenDataset Complete(
        DocumentSplit split,
        IReadOnlyList<long> textBytes,
        long? trainTokens,
        Tokenizer tokenizer,
        CancellationToken cancellation)
    {
        spool.Dispose();
        long available = split.Train.Sum(Length);
        if (trainTokens > available)
            throw new InputException($"--tokens was given {trainTokens}; the training part has {available}.");
        string spoolPath = Path.Combine(folder, Spool);
        WrittenDataset written;
        using (SafeFileHandle ids = File.OpenHandle(spoolPath, options: FileOptions.RandomAccess))
        using (var tokens = new HashedFile(Create(DatasetFiles.Tokens)))
        using (var bounds = new HashedFile(Create(DatasetFiles.Documents)))
        {
            var copy = new Copy(this, ids, tokens, bounds, textBytes, tokenizer);
            DatasetPart train = copy.Part(split.Train, trainTokens ?? available, cancellation);
            DatasetPart validation = copy.Part(split.Validation, long.MaxValue, cancellation);
            written = new WrittenDataset(train, validation, tokens.Complete(), bounds.Complete());
        }

        File.Delete(spoolPath);
        return written;
    }

    public void WriteManifest(DatasetManifest manifest)
    {
        using FileStream file = Create(DatasetFiles.Manifest);
        manifest.Write(file);
        file.Flush(flushToDisk: true);
    }

    public void Dispose() => spool.Dispose();

    private long Start(int document) => document == 0 ? 0 : ends[document - 1];

    private long Length(int document) => ends[document] - Start(document);

    private FileStream Create(string name) =>
        new(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);

    /// <summary>From the spool into the dataset's files.</summary>
    private sealed class Copy
    {
        private readonly DatasetWriter writer;
        private readonly SafeFileHandle ids;
        private readonly HashedFile tokens;
        private readonly HashedFile bounds;
        private readonly IReadOnlyList<long> textBytes;
        private readonly Tokenizer tokenizer;
        private long written;

        public Copy(DatasetWriter writer, SafeFileHandle ids, HashedFile tokens, HashedFile bounds, IReadOnlyList<long> textBytes, Tokenizer tokenizer)
        {
            this.writer = writer;
            this.ids = ids;
            this.tokens = tokens;
            this.bounds = bounds;
            this.textBytes = textBytes;
            this.tokenizer = tokenizer;
            WriteBound();
        }

        public DatasetPart Part(int[] documents, long mostTokens, CancellationToken cancellation)
        {
            long partTokens = 0;
            long partBytes = 0;
            int count = 0;
            for (; count < documents.Length && partTokens < mostTokens; count++)
            {
                cancellation.ThrowIfCancellationRequested();
                int document = documents[count];
                long length = writer.Length(document);
                long kept = Math.Min(length, mostTokens - partTokens);
                long keptBytes = CopyIds(writer.Start(document), kept, countText: kept < length);
                partBytes += kept < length ? keptBytes : textBytes[document];
                partTokens += kept;
                written += kept;
                WriteBound();
            }

            return new DatasetPart(count, partTokens, partBytes);
        }

        /// <returns>Bytes of text of the ids, if they are counted.</returns>
        private long CopyIds(long first, long count, bool countText)
        {
            long text = 0;
            for (long done = 0; done < count;)
            {
                int some = (int)Math.Min(IdsAtOnce, count - done);
                Span<byte> bytes = writer.packed.AsSpan(0, some * writer.bytesPerId);
                ReadAll(bytes, (first + done) * writer.bytesPerId);
                tokens.Write(bytes);
                if (countText)
                {
                    var unpacked = new int[some];
                    MappedTokens.Unpack(bytes, unpacked, writer.bytesPerId);
                    // Decoding leaves out the space that some tokenizers put before a text.
                    text += done == 0 ? tokenizer.Decode(unpacked).Length : tokenizer.TextBytes(unpacked);
                }

                done += some;
            }

            return text;
        }

        private void ReadAll(Span<byte> bytes, long offset)
        {
            while (!bytes.IsEmpty)
            {
                int read = RandomAccess.Read(ids, bytes, offset);
                if (read == 0)
                    throw new EndOfStreamException($"{Spool} has been cut short.");
                bytes = bytes[read..];
                offset += read;
            }
        }

        private void WriteBound()
        {
            Span<byte> bound = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bound, written);
            bounds.Write(bound);
        }
    }

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
