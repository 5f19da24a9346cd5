using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Classes of the characters in UTF-8 text, by the Unicode version of this .NET.</summary>
internal static class CharacterClasses
{
    private const int BasicPlane = 0x10000;

    private static readonly CharacterClass[] OfBasicPlane = [.. Enumerable.Range(0, BasicPlane).Select(Classify)];

    /// <summary>The class of the character that begins at a position, and how many bytes it takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterClass At(ReadOnlySpan<byte> text, int position, out int length)
    {
        byte first = text[position];
        if (first >= 0x80)
            return AtNonAscii(text[position..], out length);
        length = 1;
        return OfBasicPlane[first];
    }

    /// <summary>Where a run of one class ends that may begin at a position.</summary>
    public static int EndOfRun(ReadOnlySpan<byte> text, int position, CharacterClass of)
    {
        CharacterClass[] classes = OfBasicPlane;
        while ((uint)position < (uint)text.Length)
        {
            byte first = text[position];
            if (first < 0x80)
            {
                if (classes[first] != of)
                    break;
                position++;
            }
            else
            {
                if (AtNonAscii(text[position..], out int length) != of)
                    break;
                position += length;
            }
        }

        return position;
    }

    private static CharacterClass AtNonAscii(ReadOnlySpan<byte> text, out int length)
    {
        // Rune gives the replacement character, which is of no class, for what is no UTF-8.
        Rune.DecodeFromUtf8(text, out Rune character, out length);
        return character.Value < BasicPlane ? OfBasicPlane[character.Value] : Classify(character.Value);
    }

    private static CharacterClass Classify(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter
            or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber
            or UnicodeCategory.LetterNumber
            or UnicodeCategory.OtherNumber => CharacterClass.Number,
        UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator => CharacterClass.WhiteSpace,
        UnicodeCategory.Control when codePoint is (>= '\t' and <= '\r') or 0x85 => CharacterClass.WhiteSpace,
        _ => CharacterClass.Other,
    };
}
