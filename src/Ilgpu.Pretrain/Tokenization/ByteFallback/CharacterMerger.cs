using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// BPE of characters: a text's characters as tokens, or the bytes of those that have none, merged by rank. Immutable: one
/// instance serves many threads.
/// </summary>
internal sealed class CharacterMerger
{
    private const int AsciiValues = 128;
    private const int None = -1;

    private readonly int[] idOfAscii = new int[AsciiValues];
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> idOfOther;
    private readonly IReadOnlyList<int> idOfByte;
    private readonly PairMerger merger;
    private readonly bool beforeEachSpace;
    private readonly bool beforeRunsOfSpaces;

    /// <param name="tokens">UTF-8 of the tokens of text, by which their characters are found; none twice.</param>
    /// <param name="idOfByte">Of all 256.</param>
    /// <param name="merges">Of tokens of text, no pair twice.</param>
    /// <param name="partsBeforeSpaces">Whether a text is parted before each space; else it is merged as a whole.</param>
    public CharacterMerger(
        IEnumerable<(byte[] Utf8, int Id)> tokens,
        IReadOnlyList<int> idOfByte,
        IReadOnlyCollection<BytePairMerge> merges,
        bool partsBeforeSpaces = false)
    {
        this.idOfByte = idOfByte;
        Array.Fill(idOfAscii, None);
        var others = new Dictionary<byte[], int>(BytesComparer.Instance);
        bool spaceBehindText = false;
        foreach ((byte[] utf8, int id) in tokens)
        {
            if (utf8 is [< AsciiValues and var ascii])
                idOfAscii[ascii] = id;
            else if (LengthOfCharacter(utf8) == utf8.Length)
                others.Add(utf8, id);
            spaceBehindText |= HasSpaceBehindText(utf8);
        }

        idOfOther = others.GetAlternateLookup<ReadOnlySpan<byte>>();
        merger = new PairMerger(new PairTable(merges));
        beforeEachSpace = partsBeforeSpaces;
        // Where no token goes on with a space, no merge crosses it: the parts by themselves give the ids of the whole.
        beforeRunsOfSpaces = !spaceBehindText;
    }

    /// <summary>Appends the ids of a text, n log n at most.</summary>
    public void Encode(ReadOnlySpan<byte> text, IBufferWriter<int> ids)
    {
        while (!text.IsEmpty)
        {
            int length = LengthOfPart(text);
            Span<int> room = ids.GetSpan(length);
            ids.Advance(merger.Merge(room[..Characters(text[..length], room)]));
            text = text[length..];
        }
    }

    private int Characters(ReadOnlySpan<byte> text, Span<int> ids)
    {
        int count = 0;
        while (!text.IsEmpty)
        {
            int length = 1;
            int id;
            if (text[0] < AsciiValues)
            {
                id = idOfAscii[text[0]];
            }
            else
            {
                length = LengthOfCharacter(text);
                id = idOfOther.TryGetValue(text[..length], out int found) ? found : None;
            }

            if (id != None)
            {
                ids[count++] = id;
            }
            else
            {
                foreach (byte value in text[..length])
                    ids[count++] = idOfByte[value];
            }

            text = text[length..];
        }

        return count;
    }

    private int LengthOfPart(ReadOnlySpan<byte> text)
    {
        if (!beforeEachSpace && !beforeRunsOfSpaces)
            return text.Length;
        for (int at = 1; at < text.Length; at++)
        {
            int distance = text[at..].IndexOf((byte)' ');
            if (distance < 0)
                break;
            at += distance;
            if (beforeEachSpace || text[at - 1] != ' ')
                return at;
        }

        return text.Length;
    }

    private static bool HasSpaceBehindText(ReadOnlySpan<byte> token)
    {
        int text = token.IndexOfAnyExcept((byte)' ');
        return text >= 0 && token[text..].Contains((byte)' ');
    }

    /// <summary>Of bytes that are not UTF-8, as many as Unicode has one replacement character for.</summary>
    private static int LengthOfCharacter(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out int length);
        return length;
    }
}
