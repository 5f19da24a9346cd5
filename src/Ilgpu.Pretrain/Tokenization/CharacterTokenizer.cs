using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>A token is a Unicode code point of a fixed set, in their order; behind them a token that ends a document.</summary>
public sealed class CharacterTokenizer : Tokenizer
{
    internal const string TokenizerName = "characters";

    private readonly int[] idOfBasicPlane = new int[0x10000];
    private readonly Dictionary<int, int> idOfOthers = [];
    private readonly byte[]?[] bytesOf;
    private readonly AddedTokens special;

    /// <param name="characterOfId">The code point of each id, null where none has it; none twice.</param>
    /// <param name="added">Special tokens; their ids are none of the characters'.</param>
    internal CharacterTokenizer(IReadOnlyList<Rune?> characterOfId, IReadOnlyList<AddedToken> added)
    {
        CharacterOfId = characterOfId;
        AddedTokens = added;
        special = new AddedTokens(added);
        VocabularySize = Math.Max(characterOfId.Count, added.Count == 0 ? 0 : added.Max(token => token.Id) + 1);
        EndOfText = EndOfTextOf(added);
        Array.Fill(idOfBasicPlane, -1);
        bytesOf = new byte[VocabularySize][];
        using var hash = new FingerprintWriter(TokenizerName);
        hash.Add(characterOfId.Count);
        for (int id = 0; id < characterOfId.Count; id++)
        {
            hash.Add(characterOfId[id]?.Value ?? -1);
            if (characterOfId[id] is not { } character)
                continue;
            bytesOf[id] = Encoding.UTF8.GetBytes(character.ToString());
            if (character.IsBmp)
                idOfBasicPlane[character.Value] = id;
            else
                idOfOthers.Add(character.Value, id);
        }

        hash.Add(added);
        Fingerprint = hash.Complete();
    }

    public override string Name => "tokenizer.json";

    public override string Description => "a token a character";

    public override int VocabularySize { get; }

    public override int? EndOfText { get; }

    public override string Fingerprint { get; }

    public override IReadOnlyList<AddedToken> AddedTokens { get; }

    public override bool EndsPiecesBeforeSpaces => true;

    internal IReadOnlyList<Rune?> CharacterOfId { get; }

    /// <summary>A tokenizer of the characters given, in the order of their code points.</summary>
    /// <param name="characters">None twice.</param>
    /// <param name="withEndOfText">Whether a token that ends a document gets the id behind the last character's.</param>
    public static CharacterTokenizer Of(IReadOnlyCollection<Rune> characters, bool withEndOfText) => new(
        [.. characters.Order().Select(character => (Rune?)character)],
        withEndOfText ? [new AddedToken(characters.Count, EndOfTextName, Special: true)] : []);

    public override void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        Span<int> room = ids.GetSpan(utf8.Length);
        int written = 0;
        for (int position = 0; position < utf8.Length;)
        {
            byte first = utf8[position];
            int id;
            if (first < 0x80)
            {
                id = idOfBasicPlane[first];
                if (id < 0)
                    throw Unknown(new Rune(first));
                position++;
            }
            else
            {
                id = IdAt(utf8[position..], out int length);
                position += length;
            }

            room[written++] = id;
        }

        ids.Advance(written);
    }

    public override void EncodeWithSpecialTokens(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids) =>
        special.EncodeAround(utf8, ids, Encode);

    protected override ReadOnlySpan<byte> BytesOfKnown(int id) => bytesOf[id];

    public override void Write(Stream stream) => HuggingFaceTokenizerWriter.Write(this, stream);

    private int IdAt(ReadOnlySpan<byte> utf8, out int length)
    {
        if (Rune.DecodeFromUtf8(utf8, out Rune character, out length) != OperationStatus.Done)
            throw new InputException($"the text is not UTF-8: the byte 0x{utf8[0]:X2} begins no valid character");
        int id = character.IsBmp ? idOfBasicPlane[character.Value] : idOfOthers.GetValueOrDefault(character.Value, -1);
        return id >= 0 ? id : throw Unknown(character);
    }

    private InputException Unknown(Rune character) =>
        new($"the character U+{character.Value:X4} '{Printable.OneLine(character.ToString())}' is none of the tokenizer's {CharacterOfId.Count(known => known is not null)} characters");
}
