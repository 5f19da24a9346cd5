using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>How often each piece stands in a text: all that training needs of it. For one thread at a time.</summary>
internal sealed class PieceCounts
{
    private readonly PieceScanner scanner;
    private readonly AddedTokens special;
    private readonly Dictionary<byte[], long> counts = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> bySpan;

    /// <param name="pieces">How text is parted.</param>
    /// <param name="special">Tokens that are not counted where they are written out: no piece reaches over one.</param>
    public PieceCounts(PreTokenization pieces, IReadOnlyList<AddedToken> special)
    {
        scanner = PieceScanner.Of(pieces);
        this.special = new AddedTokens(special);
        bySpan = counts.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Bytes of text counted, without special tokens.</summary>
    public long Bytes { get; private set; }

    public IReadOnlyDictionary<byte[], long> All => counts;

    public void Add(ReadOnlySpan<byte> text)
    {
        while (special.FindFirst(text, out int at, out int length, out _))
        {
            AddText(text[..at]);
            text = text[(at + length)..];
        }

        AddText(text);
    }

    public void Add(PieceCounts other)
    {
        foreach ((byte[] piece, long count) in other.counts)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, piece, out _) += count;
        Bytes += other.Bytes;
    }

    private void AddText(ReadOnlySpan<byte> text)
    {
        Bytes += text.Length;
        for (int start = 0; start < text.Length;)
        {
            int end = scanner.EndOf(text, start);
            CollectionsMarshal.GetValueRefOrAddDefault(bySpan, text[start..end], out _)++;
            start = end;
        }
    }
}
