namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// Finds the pieces of a text from left to right; what follows a piece's end does not depend on what lies before it.
/// Between a character that is not white space and a space there is always an end.
/// </summary>
internal abstract class PieceScanner
{
    public static PieceScanner Of(PreTokenization rule) => rule switch
    {
        PreTokenization.Gpt2 => new Gpt2PieceScanner(),
        PreTokenization.Llama3 => new Llama3PieceScanner(),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, null),
    };

    /// <summary>Where the piece ends that begins at a position before the end of the text.</summary>
    public abstract int EndOf(ReadOnlySpan<byte> text, int start);

    /// <summary>The length of what follows an apostrophe in <c>'s 't 'd 'm 'll 've 're</c>, or 0.</summary>
    protected static int ContractionLength(ReadOnlySpan<byte> afterApostrophe, bool ignoreCase)
    {
        if (afterApostrophe.IsEmpty)
            return 0;
        int lower = ignoreCase ? 0x20 : 0;
        int first = afterApostrophe[0] | lower;
        if (first is 's' or 't' or 'd' or 'm')
            return 1;
        int second = afterApostrophe.Length > 1 ? afterApostrophe[1] | lower : 0;
        if ((first == 'l' && second == 'l') || (first is 'v' or 'r' && second == 'e'))
            return 2;
        // U+017F, the long s, is an s where case is ignored.
        return ignoreCase && afterApostrophe.StartsWith("\u017F"u8) ? 2 : 0;
    }

    /// <summary>
    /// <c>\s+(?!\S)|\s+</c>: a run of white space up to the end of the text, else without its last character, which
    /// belongs to what follows, else that one character.
    /// </summary>
    protected static int EndOfWhiteSpace(ReadOnlySpan<byte> text, int start, int endOfRun)
    {
        if (endOfRun == text.Length)
            return endOfRun;
        int last = endOfRun - 1;
        while (last > start && (text[last] & 0xC0) == 0x80)
            last--;
        return last > start ? last : endOfRun;
    }
}
