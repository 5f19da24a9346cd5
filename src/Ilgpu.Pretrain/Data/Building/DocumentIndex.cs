using System.Buffers.Binary;
using System.Security.Cryptography;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Data;

/// <summary>What is kept of every document while a dataset is built: 28 bytes, whatever its length.</summary>
internal sealed class DocumentIndex
{
    private readonly List<long> textBytes = [];
    private readonly List<int> groups = [];
    private readonly List<UInt128> hashes = [];

    /// <summary>UTF-8 bytes of each document.</summary>
    public IReadOnlyList<long> TextBytes => textBytes;

    /// <summary>The group of each document, counted from 0: a split must not divide one.</summary>
    public IReadOnlyList<int> Groups => groups;

    /// <summary>The first half of the SHA-256 of each document's text.</summary>
    public IReadOnlyList<UInt128> Hashes => hashes;

    public int Count => textBytes.Count;

    /// <summary>The first document that was given for validation; null where validation is drawn.</summary>
    public int? FirstGivenForValidation { get; private set; }

    /// <summary>Those that come from now on were given for validation.</summary>
    public void BeginValidation() => FirstGivenForValidation = Count;

    /// <summary>Passes documents on and takes them in; a document in segments once its last one has passed.</summary>
    public IEnumerable<TextDocument> Passing(IEnumerable<TextDocument> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long bytes = 0;
        bool? withPrevious = null;
        foreach (TextDocument part in parts)
        {
            hash.AppendData(part.Utf8.Span);
            bytes += part.Utf8.Length;
            withPrevious ??= part.WithPrevious;
            if (!part.Unfinished)
            {
                Add(bytes, FirstHalf(hash), withPrevious.Value);
                bytes = 0;
                withPrevious = null;
            }

            yield return part;
        }
    }

    internal void Add(long bytes, UInt128 hash, bool withPrevious)
    {
        groups.Add(groups.Count == 0 ? 0 : withPrevious ? groups[^1] : groups[^1] + 1);
        textBytes.Add(bytes);
        hashes.Add(hash);
    }

    private static UInt128 FirstHalf(IncrementalHash hash)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(whole);
        return BinaryPrimitives.ReadUInt128BigEndian(whole);
    }
}
