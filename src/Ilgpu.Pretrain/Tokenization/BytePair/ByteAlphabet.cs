using System.Diagnostics.CodeAnalysis;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// How GPT-2's vocabulary files write bytes: one visible character each. Printable Latin-1 characters stand for
/// themselves, the other bytes in order for U+0100 and up.
/// </summary>
internal static class ByteAlphabet
{
    private const int Bytes = 256;

    private static readonly char[] CharacterOf = new char[Bytes];
    private static readonly Dictionary<char, byte> ByteOf = [];

    static ByteAlphabet()
    {
        int others = 0;
        for (int value = 0; value < Bytes; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= '\u00A1' and <= '\u00AC') or (>= '\u00AE' and <= '\u00FF');
            CharacterOf[value] = printable ? (char)value : (char)(Bytes + others++);
            ByteOf.Add(CharacterOf[value], (byte)value);
        }
    }

    /// <summary>All byte values in the order of their characters: the order of ids in GPT-2's vocabulary.</summary>
    public static IEnumerable<byte> InOrder => ByteOf.OrderBy(entry => entry.Key).Select(entry => entry.Value);

    public static string Write(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length, bytes, static (text, from) =>
    {
        for (int i = 0; i < from.Length; i++)
            text[i] = CharacterOf[from[i]];
    });

    /// <summary>The bytes that a text stands for, unless it has a character that stands for none.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (!ByteOf.TryGetValue(text[i], out bytes[i]))
            {
                bytes = null;
                return false;
            }
        }

        return true;
    }
}
