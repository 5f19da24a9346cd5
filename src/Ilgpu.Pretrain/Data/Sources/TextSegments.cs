using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>
/// Reads a text in segments. One ends only between a character that is not white space and a space: there every
/// pre-tokeniser ends a piece, so that the segments' tokens are the text's.
/// </summary>
internal static class TextSegments
{
    /// <summary>The text as one document; a longer one than a segment as several, all but the last unfinished.</summary>
    /// <param name="bytes">The text, from where reading is.</param>
    /// <param name="length">Its bytes, unless the file ends before.</param>
    /// <param name="name">The documents'.</param>
    /// <param name="limits">Sizes of segments.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">It is not UTF-8 or has no place to end a segment at.</exception>
    public static IEnumerable<TextDocument> Read(SourceBytes bytes, long length, string name, ReadLimits limits, CancellationToken cancellation)
    {
        long end = length < long.MaxValue - bytes.Position ? bytes.Position + length : long.MaxValue;
        ReadOnlyMemory<byte> rest = default;
        bool unfinished = true;
        while (unfinished)
        {
            cancellation.ThrowIfCancellationRequested();
            long position = bytes.Position - rest.Length;
            (ReadOnlyMemory<byte> text, int at) = Next(bytes, end, rest, limits);
            unfinished = at < text.Length;
            rest = text[at..];
            Utf8Text.RequireValid(text.Span[..at], position, bytes.Path);
            yield return new TextDocument(name, text[..at], Unfinished: unfinished);
        }
    }

    /// <summary>What is read of the text, and where in it the segment ends: at its end only if that is the text's.</summary>
    private static (ReadOnlyMemory<byte> Text, int At) Next(SourceBytes bytes, long end, ReadOnlyMemory<byte> rest, ReadLimits limits)
    {
        // One byte more than the segment: whether it may end there depends on it.
        int enough = limits.SegmentBytes + 1;
        long wanted = Math.Min(enough, rest.Length + Math.Min(bytes.Expected, end - bytes.Position) + 1);
        byte[] buffer = GC.AllocateUninitializedArray<byte>((int)Math.Max(rest.Length, wanted));
        rest.CopyTo(buffer);
        int filled = rest.Length;
        int searched = 0;
        while (true)
        {
            Span<byte> free = buffer.AsSpan(filled);
            int count = bytes.Fill(free[..(int)Math.Min(free.Length, end - bytes.Position)]);
            filled += count;
            ReadOnlySpan<byte> text = buffer.AsSpan(0, filled);
            bool isEnd = count < free.Length;
            if (isEnd && filled < enough)
                return (buffer.AsMemory(0, filled), filled);
            if (filled >= enough)
            {
                int at = searched == 0 ? LastEnd(text[..enough]) : -1;
                if (at < 0)
                    at = FirstEnd(text, Math.Max(searched, enough));
                if (at > 0 || isEnd)
                    return (buffer.AsMemory(0, filled), at > 0 ? at : filled);
                if (filled >= limits.MaximumSegmentBytes)
                    throw new InputException(
                        $"{bytes.Path} cannot be read in segments: the {filled} bytes from position {bytes.Position - filled} on (counted from 0) " +
                        "have no space after a character that is not white space");
                searched = filled;
            }

            int larger = filled < enough ? Math.Min(enough, 2 * filled) : (int)Math.Min(limits.MaximumSegmentBytes, 2L * filled);
            Array.Resize(ref buffer, larger);
        }
    }

    private static int LastEnd(ReadOnlySpan<byte> text)
    {
        int at = text.LastIndexOf((byte)' ');
        while (at > 0 && !IsEnd(text, at))
            at = text[..at].LastIndexOf((byte)' ');
        return at > 0 ? at : -1;
    }

    private static int FirstEnd(ReadOnlySpan<byte> text, int from)
    {
        for (int at = from; at < text.Length; at++)
        {
            int space = text[at..].IndexOf((byte)' ');
            if (space < 0)
                return -1;
            at += space;
            if (IsEnd(text, at))
                return at;
        }

        return -1;
    }

    /// <summary>White space beyond ASCII counts too: pre-tokenisers take a run of any white space together.</summary>
    private static bool IsEnd(ReadOnlySpan<byte> text, int space) =>
        Rune.DecodeLastFromUtf8(text[..space], out Rune before, out _) != OperationStatus.Done || !Rune.IsWhiteSpace(before);
}
