using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// The tokenizer of Llama 1 and 2 as Hugging Face's tokenizers have it: a text's characters, else their bytes, as tokens;
/// then the neighbours of the lowest rank are merged, the leftmost of those, until no rule is left. A space and the mark
/// U+2581 are the same to it, so that the mark comes back as a space; any other bytes come back as they were.
/// </summary>
public sealed class ByteFallbackTokenizer : Tokenizer
{
    private const int ByteValues = 256;
    private const byte Space = (byte)' ';

    private static readonly byte[] Mark = Encoding.UTF8.GetBytes(ByteFallbackModel.SpaceMark);

    private readonly ByteFallbackModel model;
    private readonly CharacterMerger characters;
    private readonly byte[]?[] bytesOf;
    private readonly AddedTokens inEveryText;
    private readonly AddedTokens all;

    internal ByteFallbackTokenizer(ByteFallbackModel model)
    {
        this.model = model;
        VocabularySize = model.VocabularySize;
        EndOfText = EndOfTextOf(model.Added);
        inEveryText = new AddedTokens(model.Added.Where(token => !token.Special));
        all = new AddedTokens(model.Added);
        bytesOf = new byte[VocabularySize][];
        var idOfByte = new int[ByteValues];
        var texts = new List<(byte[] Utf8, int Id)>();
        for (int id = 0; id < model.Tokens.Count; id++)
        {
            if (model.Tokens[id] is not { } name)
                continue;
            if (ByteFallbackModel.ByteOf(name) is { } value)
            {
                bytesOf[id] = [value];
                if (name == ByteFallbackModel.NameOfByte(value))
                    idOfByte[value] = id;
                continue;
            }

            bytesOf[id] = TextOf(name);
            // No text has a space any more when its characters are looked up.
            if (!name.Contains(' ', StringComparison.Ordinal))
                texts.Add((bytesOf[id]!, id));
        }

        foreach (AddedToken token in model.Added.Where(token => !token.Special))
            bytesOf[token.Id] = TextOf(token.Content);
        characters = new CharacterMerger(texts, idOfByte, model.Merges, model.PartsBeforeSpaces);
        Fingerprint = FingerprintOf(model);
    }

    public override string Name => "tokenizer.json";

    public override string Description => "BPE of characters and bytes (Llama 2)";

    public override int VocabularySize { get; }

    public override int? EndOfText { get; }

    public override string Fingerprint { get; }

    public override IReadOnlyList<AddedToken> AddedTokens => model.Added;

    /// <summary>A part would get a space of its own, or be merged with the next.</summary>
    public override bool EndsPiecesBeforeSpaces => false;

    internal ByteFallbackModel Model => model;

    public override void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids) => EncodeAround(inEveryText, utf8, ids);

    /// <inheritdoc/>
    public override void EncodeWithSpecialTokens(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids) => EncodeAround(all, utf8, ids);

    /// <summary>The bytes that the ids stand for, as the file's decoder has it: perhaps without a space at their beginning.</summary>
    public override byte[] Decode(ReadOnlySpan<int> ids)
    {
        byte[] bytes = base.Decode(ids);
        return model.StripsSpace && bytes is [Space, ..] ? bytes[1..] : bytes;
    }

    public override void Write(Stream stream) => ByteFallbackTokenizerWriter.Write(model, stream);

    protected override ReadOnlySpan<byte> BytesOfKnown(int id) => bytesOf[id];

    private void EncodeAround(AddedTokens added, ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        bool isFirst = true;
        added.EncodeAround(utf8, ids, (text, written) =>
        {
            characters.Encode(Normalized(text, isFirst), written);
            isFirst = false;
        });
    }

    /// <summary>The text with spaces for marks, and the one before it.</summary>
    private ReadOnlySpan<byte> Normalized(ReadOnlySpan<byte> text, bool isFirst)
    {
        bool hasMarks = text.IndexOf(Mark) >= 0;
        bool isPrefixed = !text.IsEmpty && model.Prefix switch
        {
            SpacePrefix.Another => true,
            SpacePrefix.Always => !BeginsWithSpace(text),
            SpacePrefix.First => isFirst && !BeginsWithSpace(text),
            _ => false,
        };
        if (!hasMarks && !isPrefixed)
            return text;
        var normalized = new byte[text.Length + 1];
        normalized[0] = Space;
        int length = 1;
        while (hasMarks && text.IndexOf(Mark) is >= 0 and var at)
        {
            text[..at].CopyTo(normalized.AsSpan(length));
            length += at;
            normalized[length++] = Space;
            text = text[(at + Mark.Length)..];
        }

        text.CopyTo(normalized.AsSpan(length));
        return normalized.AsSpan((isPrefixed ? 0 : 1)..(length + text.Length));
    }

    private static bool BeginsWithSpace(ReadOnlySpan<byte> text) => text is [Space, ..] || text.StartsWith(Mark);

    private static byte[] TextOf(string name) => Encoding.UTF8.GetBytes(name.Replace(ByteFallbackModel.SpaceMark, " ", StringComparison.Ordinal));

    private static string FingerprintOf(ByteFallbackModel model)
    {
        using var hash = new FingerprintWriter("BPE with byte fallback");
        hash.Add((int)model.Prefix);
        hash.Add(model.PartsBeforeSpaces ? 1 : 0);
        hash.Add(model.StripsSpace ? 1 : 0);
        hash.Add(model.Tokens.Count);
        foreach (string? token in model.Tokens)
            hash.Add(token is null ? null : Encoding.UTF8.GetBytes(token));
        hash.Add(model.Merges.Count);
        foreach (BytePairMerge merge in model.Merges)
        {
            hash.Add(merge.Left);
            hash.Add(merge.Right);
            hash.Add(merge.Result);
        }

        hash.Add(model.Added);
        return hash.Complete();
    }
}
