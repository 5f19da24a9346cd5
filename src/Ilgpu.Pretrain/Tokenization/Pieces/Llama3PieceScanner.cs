namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// Llama 3's pieces: <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Llama3PieceScanner : PieceScanner
{
    private const int MostDigits = 3;

    public override int EndOf(ReadOnlySpan<byte> text, int start)
    {
        CharacterClass first = CharacterClasses.At(text, start, out int length);
        int next = start + length;
        if (text[start] == '\'' && ContractionLength(text[next..], ignoreCase: true) is > 0 and var contraction)
            return next + contraction;
        if (first == CharacterClass.Letter)
            return CharacterClasses.EndOfRun(text, next, CharacterClass.Letter);
        if (first == CharacterClass.Number)
            return EndOfDigits(text, next);
        if (next < text.Length && text[start] is not ((byte)'\r' or (byte)'\n'))
        {
            CharacterClass second = CharacterClasses.At(text, next, out int nextLength);
            if (second == CharacterClass.Letter)
                return CharacterClasses.EndOfRun(text, next + nextLength, CharacterClass.Letter);
            if (text[start] == ' ' && second == CharacterClass.Other)
                return EndOfPunctuation(text, next + nextLength);
        }

        return first == CharacterClass.Other ? EndOfPunctuation(text, next) : EndOfLinesOrSpaces(text, start, next);
    }

    private static int EndOfDigits(ReadOnlySpan<byte> text, int position)
    {
        for (int digits = 1; digits < MostDigits && position < text.Length; digits++)
        {
            if (CharacterClasses.At(text, position, out int length) != CharacterClass.Number)
                break;
            position += length;
        }

        return position;
    }

    /// <summary>Punctuation takes the line ends behind it along.</summary>
    private static int EndOfPunctuation(ReadOnlySpan<byte> text, int position)
    {
        position = CharacterClasses.EndOfRun(text, position, CharacterClass.Other);
        while (position < text.Length && text[position] is (byte)'\r' or (byte)'\n')
            position++;
        return position;
    }

    private static int EndOfLinesOrSpaces(ReadOnlySpan<byte> text, int start, int next)
    {
        int endOfRun = CharacterClasses.EndOfRun(text, next, CharacterClass.WhiteSpace);
        int lastLineEnd = text[start..endOfRun].LastIndexOfAny((byte)'\r', (byte)'\n');
        return lastLineEnd >= 0 ? start + lastLineEnd + 1 : EndOfWhiteSpace(text, start, endOfRun);
    }
}
