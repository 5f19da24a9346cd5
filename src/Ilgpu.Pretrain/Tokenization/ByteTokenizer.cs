using System.Buffers;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>A token is a byte: ids 0 to 255; <see cref="EndOfText"/> is 256.</summary>
public sealed class ByteTokenizer : Tokenizer
{
    internal const string TokenizerName = "bytes";

    private const int ByteValues = 256;

    private static readonly byte[] AllBytes = [.. Enumerable.Range(0, ByteValues).Select(value => (byte)value)];

    private readonly AddedTokens special;

    private ByteTokenizer()
    {
        AddedTokens = [new AddedToken(ByteValues, EndOfTextName, Special: true)];
        special = new AddedTokens(AddedTokens);
    }

    public static ByteTokenizer Instance { get; } = new();

    public override string Name => TokenizerName;

    public override string Description => "a token a byte";

    public override int VocabularySize => ByteValues + 1;

    public override int? EndOfText => ByteValues;

    public override string Fingerprint { get; } = ContentDigest.Of("bytes, end of text 256"u8);

    public override IReadOnlyList<AddedToken> AddedTokens { get; }

    public override bool EndsPiecesBeforeSpaces => true;

    public override bool HasFile => false;

    /// <summary>The same tokenizer as a byte-level BPE without merges: what files can say.</summary>
    internal BytePairModel AsBytePairs => new()
    {
        Tokens = [.. AllBytes.Select(value => new[] { value })],
        Merges = [],
        Added = AddedTokens,
        Pieces = PreTokenization.Gpt2,
    };

    /// <summary>Whether a byte-level BPE gives every text this tokenizer's ids.</summary>
    internal static bool Is(BytePairModel model) =>
        model is { Merges.Count: 0, PrefixSpace: false, Tokens.Count: ByteValues }
        && model.Tokens.Index().All(token => token.Item is [var value] && value == token.Index)
        && model.Added.SequenceEqual(Instance.AddedTokens);

    public override void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        Span<int> target = ids.GetSpan(utf8.Length);
        for (int i = 0; i < utf8.Length; i++)
            target[i] = utf8[i];
        ids.Advance(utf8.Length);
    }

    public override void EncodeWithSpecialTokens(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids) =>
        special.EncodeAround(utf8, ids, Encode);

    protected override ReadOnlySpan<byte> BytesOfKnown(int id) => id < ByteValues ? AllBytes.AsSpan(id, 1) : [];

    public override void Write(Stream stream) => throw new NotSupportedException($"The tokenizer '{Name}' has no file.");
}
