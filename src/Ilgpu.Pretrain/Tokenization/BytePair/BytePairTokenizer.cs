using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// Byte-level BPE: pieces of text, in them bytes, merged by rule. Every byte has a token, so any bytes come back; with them
/// the space that a model of others may put before a text.
/// </summary>
public sealed class BytePairTokenizer : Tokenizer
{
    /// <summary>Bytes whose ids are written at a time.</summary>
    private const int BytesAtOnce = 1 << 14;

    private readonly BytePairModel model;
    private readonly PieceScanner scanner;
    private readonly PairMerger merger;
    private readonly WholePieceTable wholePieces;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>>? longWholePieces;
    private readonly int[] idOfByte = new int[BytePairModel.ByteValues];
    private readonly byte[]?[] bytesOf;
    private readonly AddedTokens inEveryText;
    private readonly AddedTokens all;

    internal BytePairTokenizer(BytePairModel model)
    {
        this.model = model;
        VocabularySize = model.VocabularySize;
        scanner = PieceScanner.Of(model.Pieces);
        merger = new PairMerger(new PairTable((IReadOnlyCollection<BytePairMerge>)model.Merges));
        inEveryText = new AddedTokens(model.Added.Where(token => !token.Special));
        all = new AddedTokens(model.Added);
        EndOfText = EndOfTextOf(model.Added);
        bytesOf = [.. model.Tokens, .. new byte[VocabularySize - model.Tokens.Count][]];
        foreach (AddedToken token in model.Added.Where(token => !token.Special))
            bytesOf[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        for (int id = 0; id < model.Tokens.Count; id++)
        {
            if (model.Tokens[id] is [var value])
                idOfByte[value] = id;
        }

        var whole = new List<(byte[] Bytes, int Id)>();
        var longer = new Dictionary<byte[], int>(BytesComparer.Instance);
        for (int id = 0; id < model.Tokens.Count; id++)
        {
            if (model.Tokens[id] is not { } token)
                continue;
            if (token.Length > WholePieceTable.LongestPiece)
            {
                if (model.WholePiecesFirst)
                    longer.Add(token, id);
            }
            else if (model.WholePiecesFirst || IsMade(token, id))
            {
                whole.Add((token, id));
            }
        }

        wholePieces = new WholePieceTable(whole);
        longWholePieces = longer.Count == 0 ? null : longer.GetAlternateLookup<ReadOnlySpan<byte>>();
        Fingerprint = FingerprintOf(model);
    }

    public override string Name => "tokenizer.json";

    public override string Description => $"byte-level BPE, {model.Pieces} pieces";

    public override int VocabularySize { get; }

    public override int? EndOfText { get; }

    public override string Fingerprint { get; }

    public override IReadOnlyList<AddedToken> AddedTokens => model.Added;

    public override bool EndsPiecesBeforeSpaces => !model.Added.Any(token => token.Content.Contains(' ', StringComparison.Ordinal));

    internal BytePairModel Model => model;

    public override void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids) =>
        inEveryText.EncodeAround(utf8, ids, EncodeText);

    public override void EncodeWithSpecialTokens(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids) =>
        all.EncodeAround(utf8, ids, EncodeText);

    protected override ReadOnlySpan<byte> BytesOfKnown(int id) => bytesOf[id];

    public override void Write(Stream stream) => HuggingFaceTokenizerWriter.Write(model, stream);

    private void EncodeText(ReadOnlySpan<byte> text, IBufferWriter<int> ids)
    {
        if (model.PrefixSpace && text is [not (byte)' ', ..])
        {
            EncodePieces([(byte)' ', .. text], ids);
            return;
        }

        EncodePieces(text, ids);
    }

    private void EncodePieces(ReadOnlySpan<byte> text, IBufferWriter<int> ids)
    {
        int start = 0;
        int end = text.IsEmpty ? 0 : scanner.EndOf(text, 0);
        while (start < text.Length)
        {
            // A piece has at most as many tokens as bytes; a longer one gets room of its own.
            int limit = start + Math.Min(Math.Max(BytesAtOnce, end - start), text.Length - start);
            Span<int> room = ids.GetSpan(limit - start);
            int written = 0;
            while (start < text.Length && end <= limit)
            {
                int whole = wholePieces.Find(text, start, end);
                if (whole >= 0)
                    room[written++] = whole;
                else
                    written += EncodePiece(text[start..end], room[written..]);
                start = end;
                if (start < text.Length)
                    end = scanner.EndOf(text, start);
            }

            ids.Advance(written);
        }
    }

    private int EncodePiece(ReadOnlySpan<byte> piece, Span<int> ids)
    {
        if (longWholePieces is { } longer && longer.TryGetValue(piece, out int whole))
        {
            ids[0] = whole;
            return 1;
        }

        for (int i = 0; i < piece.Length; i++)
            ids[i] = idOfByte[piece[i]];
        return merger.Merge(ids[..piece.Length]);
    }

    /// <summary>Whether the merges lead from the bytes of a token, which is short, to it.</summary>
    private bool IsMade(byte[] token, int id)
    {
        Span<int> ids = stackalloc int[WholePieceTable.LongestPiece];
        ids = ids[..token.Length];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = idOfByte[token[i]];
        return merger.Merge(ids) == 1 && ids[0] == id;
    }

    private static string FingerprintOf(BytePairModel model)
    {
        using var hash = new FingerprintWriter("byte-level BPE");
        hash.Add((int)model.Pieces);
        hash.Add(model.WholePiecesFirst ? 1 : 0);
        hash.Add(model.PrefixSpace ? 1 : 0);
        hash.Add(model.Tokens.Count);
        foreach (byte[]? token in model.Tokens)
            hash.Add(token);
        hash.Add(model.Merges.Count);
        int rank = -1;
        int last = -1;
        foreach (BytePairMerge merge in model.Merges)
        {
            // Which ranks are equal decides, not how they are counted.
            if (merge.Rank != last)
                rank++;
            last = merge.Rank;
            hash.Add(merge.Left);
            hash.Add(merge.Right);
            hash.Add(merge.Result);
            hash.Add(rank);
        }

        hash.Add(model.Added);
        return hash.Complete();
    }
}
