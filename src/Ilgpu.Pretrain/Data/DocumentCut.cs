using System.Text;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Data;

/// <summary>A corpus of one document is split within it: its last lines are held out.</summary>
internal static class DocumentCut
{
    /// <exception cref="InputException">The document is a single character.</exception>
    public static (TextDocument Train, TextDocument Validation) AtLine(TextDocument document, double validationShare)
    {
        ReadOnlySpan<byte> text = document.Utf8.Span;
        int at = FirstOfLine(text, (int)((1 - validationShare) * text.Length));
        if (at == text.Length)
            throw new InputException($"{document.Name} is one character, which cannot be split into training and validation");
        return (
            new TextDocument($"{document.Name} up to byte {at}", document.Utf8[..at]),
            new TextDocument($"{document.Name} from byte {at}", document.Utf8[at..]));
    }

    /// <summary>The start of a line, else of a character, that is near and neither the text's start nor, unless it is one character, its end.</summary>
    private static int FirstOfLine(ReadOnlySpan<byte> text, int near)
    {
        near = Math.Clamp(near, 1, Math.Max(1, text.Length - 1));
        int before = text[..near].LastIndexOf((byte)'\n') + 1;
        if (before > 0)
            return before;
        int after = near + text[near..].IndexOf((byte)'\n') + 1;
        if (after > near && after < text.Length)
            return after;
        Rune.DecodeFromUtf8(text, out _, out int firstCharacter);
        while (near > firstCharacter && (text[near] & 0xC0) == 0x80)
            near--;
        return Math.Max(near, firstCharacter);
    }
}
