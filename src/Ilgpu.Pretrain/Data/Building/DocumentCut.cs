using System.Text;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Data;

/// <summary>A corpus of one document is split within it: its last lines are held out.</summary>
internal static class DocumentCut
{
    private const int BlockBytes = 1 << 16;
    private const int LongestCharacter = 4;

    /// <exception cref="InputException">The document is a single character.</exception>
    public static (TextDocument Train, TextDocument Validation) AtLine(TextDocument document, double validationShare)
    {
        ReadOnlyMemory<byte> text = document.Utf8;
        int at = (int)FirstOfLine(text.Length, validationShare, (offset, block) => text.Slice((int)offset, block.Length).CopyTo(block));
        if (at == text.Length)
            throw new InputException($"{document.Name} is one character, which cannot be split into training and validation");
        (string train, string validation) = Names(document.Name, at);
        return (new TextDocument(train, text[..at]), new TextDocument(validation, text[at..]));
    }

    /// <summary>What the two parts are called.</summary>
    public static (string Train, string Validation) Names(string document, long at) =>
        ($"{document} up to byte {at}", $"{document} from byte {at}");

    /// <summary>
    /// The start of a line, else of a character, that is near the share and neither the text's start nor, unless it is at
    /// most one character, its end. Of text that is not UTF-8 it is anywhere.
    /// </summary>
    /// <param name="length">Of the text, in bytes.</param>
    /// <param name="validationShare">Of the text, in (0, 1).</param>
    /// <param name="read">Fills a block with the text's bytes from an offset on.</param>
    /// <param name="blockBytes">What is read at a time.</param>
    public static long FirstOfLine(long length, double validationShare, Action<long, Memory<byte>> read, int blockBytes = BlockBytes)
    {
        if (length == 0)
            return 0;
        long near = Math.Clamp((long)((1 - validationShare) * length), 1, Math.Max(1, length - 1));
        var block = new byte[Math.Max(blockBytes, LongestCharacter)];
        for (long end = near; end > 0; end -= Math.Min(end, block.Length))
        {
            long start = Math.Max(0, end - block.Length);
            int last = Block(start, end).LastIndexOf((byte)'\n');
            if (last >= 0)
                return start + last + 1;
        }

        for (long start = near; start < length; start += block.Length)
        {
            int first = Block(start, length).IndexOf((byte)'\n');
            if (first >= 0 && start + first + 1 < length)
                return start + first + 1;
            if (first >= 0)
                break;
        }

        Rune.DecodeFromUtf8(Block(0, length), out _, out int firstCharacter);
        if (near <= firstCharacter)
            return firstCharacter;
        long from = Math.Max(firstCharacter, near - LongestCharacter + 1);
        ReadOnlySpan<byte> around = Block(from, near + 1);
        int character = around.Length - 1;
        while (character > 0 && (around[character] & 0xC0) == 0x80)
            character--;
        return from + character;

        ReadOnlySpan<byte> Block(long from, long to)
        {
            Memory<byte> some = block.AsMemory(0, (int)Math.Min(block.Length, to - from));
            read(from, some);
            return some.Span;
        }
    }
}
