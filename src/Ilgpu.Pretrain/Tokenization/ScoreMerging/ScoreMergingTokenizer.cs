using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// The tokenizer of Llama 1 and 2 as llama2.c has it: a text with a space before it, its characters, else their bytes, as
/// tokens; then the neighbours whose token has the highest score are merged, the leftmost of those, until none have one.
/// For reading what was made with it.
/// </summary>
public sealed class ScoreMergingTokenizer : Tokenizer
{
    internal const int FirstByte = 3;

    private const int ByteValues = 256;
    private const int BeginningOfText = 1;

    private readonly (byte[] Text, float Score)[] vocabulary;
    private readonly byte[][] bytesOf;
    private readonly CharacterMerger characters;
    private readonly AddedTokens special;

    /// <param name="vocabulary">By id: three special tokens (unknown, beginning, end of text), the 256 bytes, pieces of text.</param>
    internal ScoreMergingTokenizer(IReadOnlyList<(byte[] Text, float Score)> vocabulary)
    {
        this.vocabulary = [.. vocabulary];
        bytesOf = [.. vocabulary.Select(token => token.Text)];
        AddedTokens = [.. Enumerable.Range(0, FirstByte).Select(id => new AddedToken(id, NameOfSpecial(vocabulary[id].Text), Special: true))];
        special = new AddedTokens(AddedTokens);
        for (int id = 0; id < FirstByte; id++)
            bytesOf[id] = [];
        for (int value = 0; value < ByteValues; value++)
            bytesOf[FirstByte + value] = [(byte)value];

        var byText = new Dictionary<byte[], int>(BytesComparer.Instance);
        for (int id = FirstByte + ByteValues; id < vocabulary.Count; id++)
            byText.TryAdd(vocabulary[id].Text, id);
        Merges = MergesOf(vocabulary, byText.GetAlternateLookup<ReadOnlySpan<byte>>());
        characters = new CharacterMerger(byText.Select(entry => (entry.Key, entry.Value)), [.. Enumerable.Range(FirstByte, ByteValues)], Merges);

        using var hash = new FingerprintWriter("score merging");
        hash.Add(vocabulary.Count);
        foreach ((byte[] text, float score) in vocabulary)
        {
            hash.Add(text);
            hash.Add(BitConverter.SingleToInt32Bits(score));
        }

        Fingerprint = hash.Complete();
    }

    public override string Name => "tokenizer.bin";

    public override string Description => "merging by score (llama2.c)";

    public override int VocabularySize => vocabulary.Length;

    /// <summary>The token that begins a text, which is how llama2.c parts documents.</summary>
    public override int? EndOfText => BeginningOfText;

    public override string Fingerprint { get; }

    public override IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>It merges across spaces.</summary>
    public override bool EndsPiecesBeforeSpaces => false;

    /// <summary>By id, as the file writes them.</summary>
    internal IReadOnlyList<(byte[] Text, float Score)> Vocabulary => vocabulary;

    /// <summary>By the id of what they make; those of one score have one rank.</summary>
    internal IReadOnlyList<BytePairMerge> Merges { get; }

    internal static int SmallestVocabulary => FirstByte + ByteValues;

    /// <summary>A special token's name: the file has line ends around some.</summary>
    internal static string NameOfSpecial(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text).Trim();

    internal static int IdOfByte(int value) => FirstByte + value;

    public override void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        if (!utf8.IsEmpty)
            characters.Encode([(byte)' ', .. utf8], ids);
    }

    public override void EncodeWithSpecialTokens(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids) =>
        special.EncodeAround(utf8, ids, Encode);

    protected override ReadOnlySpan<byte> BytesOfKnown(int id) => bytesOf[id];

    /// <summary>The bytes that the ids stand for, without the space that encoding put before the text.</summary>
    public override byte[] Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(1, ids.Length));
        bool atStart = true;
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> token = BytesOf(id);
            bytes.Write(atStart && token is [(byte)' ', ..] ? token[1..] : token);
            atStart = id < FirstByte;
        }

        return bytes.WrittenSpan.ToArray();
    }

    public override void Write(Stream stream) => Llama2cTokenizerFile.Write(vocabulary, stream);

    /// <summary>Every way of parting a token into two others; a higher score has a lower rank.</summary>
    private static List<BytePairMerge> MergesOf(
        IReadOnlyList<(byte[] Text, float Score)> vocabulary,
        Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> ids)
    {
        Dictionary<float, int> rankOf = vocabulary
            .Skip(SmallestVocabulary)
            .Select(token => token.Score)
            .Distinct()
            .OrderDescending()
            .Index()
            .ToDictionary(entry => entry.Item, entry => entry.Index);
        var merges = new List<BytePairMerge>();
        for (int id = SmallestVocabulary; id < vocabulary.Count; id++)
        {
            ReadOnlySpan<byte> text = vocabulary[id].Text;
            if (!ids.TryGetValue(text, out int first) || first != id)
                continue;
            for (int at = 1; at < text.Length; at++)
            {
                if (ids.TryGetValue(text[..at], out int left) && ids.TryGetValue(text[at..], out int right))
                    merges.Add(new BytePairMerge(left, right, id, rankOf[vocabulary[id].Score]));
            }
        }

        return merges;
    }
}
