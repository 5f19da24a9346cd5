using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>
/// Where the first passage of a text ends: of the places that leave it at least half of its bytes, the last end of a paragraph, else of
/// a line, else of a sentence, else of a word, else of a character. Line ends and white space belong to what they end.
/// </summary>
internal static class PassageEnd
{
    private const int LongestCharacter = 4;

    private static readonly SearchValues<byte> WithinBlankLine = SearchValues.Create(" \t\r\f\v"u8);

    /// <param name="text">With more bytes than a passage has. Of text that is not UTF-8 the end is anywhere, but within no valid character.</param>
    /// <param name="mostBytes">Of the passage: at least a character's.</param>
    /// <returns>In [1, mostBytes].</returns>
    public static int Of(ReadOnlySpan<byte> text, int mostBytes)
    {
        int last = LastCharacterStart(text, mostBytes);
        int first = (mostBytes + 1) / 2;
        int line = -1;
        for (int newline = text[..last].LastIndexOf((byte)'\n'); newline >= 0 && newline + 1 >= first; newline = text[..newline].LastIndexOf((byte)'\n'))
        {
            if (IsBehindBlankLine(text[..newline]))
                return newline + 1;
            line = Math.Max(line, newline + 1);
        }

        return line > 0 ? line : WithinLine(text, first, last);
    }

    private static int LastCharacterStart(ReadOnlySpan<byte> text, int from)
    {
        for (int at = from; at > from - LongestCharacter; at--)
        {
            if ((text[at] & 0xC0) != 0x80)
                return at;
        }

        // No character is as long: the text is not UTF-8 here.
        return from;
    }

    private static bool IsBehindBlankLine(ReadOnlySpan<byte> untilNewline)
    {
        int said = untilNewline.LastIndexOfAnyExcept(WithinBlankLine);
        return said < 0 || untilNewline[said] == '\n';
    }

    /// <summary>One pass from the end, so that no text takes longer than its length.</summary>
    private static int WithinLine(ReadOnlySpan<byte> text, int first, int last)
    {
        // Where the white space or the closing marks that were passed last end.
        int end = last;
        bool hasSpace = false, hasMark = false;
        int word = -1;
        for (int at = last; at > 0 && end >= first;)
        {
            Rune.DecodeLastFromUtf8(text[..at], out Rune character, out int length);
            int start = at - length;
            if (Rune.IsWhiteSpace(character))
            {
                end = hasMark ? at : end;
                (hasSpace, hasMark) = (true, false);
                word = end >= first ? Math.Max(word, end) : word;
            }
            else if (IsClosing(character))
            {
                hasMark = true;
            }
            else if (EndsSentenceAlone(character) || (hasSpace && EndsSentence(character)))
            {
                return end;
            }
            else
            {
                end = start;
                (hasSpace, hasMark) = (false, false);
            }

            at = start;
        }

        return word > 0 ? word : last;
    }

    /// <summary>Quotation marks and brackets that may stand behind a sentence's full stop.</summary>
    private static bool IsClosing(Rune character) =>
        character.Value is '"' or '\'' || Rune.GetUnicodeCategory(character) is UnicodeCategory.ClosePunctuation or UnicodeCategory.FinalQuotePunctuation;

    private static bool EndsSentence(Rune character) => character.Value is '.' or '!' or '?' or '\u2026' or '\u061F' or '\u06D4' or '\u0964';

    /// <summary>Full stops of scripts that put no space behind them.</summary>
    private static bool EndsSentenceAlone(Rune character) => character.Value is '\u3002' or '\uFF01' or '\uFF1F' or '\uFF61';
}
