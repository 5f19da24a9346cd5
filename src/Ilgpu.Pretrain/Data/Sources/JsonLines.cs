using System.Buffers;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>
/// Reads rows: a line that is not blank is a JSON object, and the string in one of its fields is a document. Lines end
/// with <c>\n</c> or <c>\r\n</c>, the last one with or without.
/// </summary>
internal static class JsonLines
{
    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t\r"u8);

    /// <param name="bytes">The rows.</param>
    /// <param name="textField">The field of the text.</param>
    /// <param name="limits">Sizes of what is read at a time and of rows.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A row is not such an object, or too long.</exception>
    public static IEnumerable<TextDocument> Read(SourceBytes bytes, string textField, ReadLimits limits, CancellationToken cancellation)
    {
        var parser = new JsonRow(textField);
        var buffer = new byte[limits.BlockBytes];
        int filled = 0;
        long line = 0;
        for (bool isEnd = false; !isEnd;)
        {
            cancellation.ThrowIfCancellationRequested();
            int searched = filled;
            filled += bytes.Fill(buffer.AsSpan(filled));
            isEnd = filled < buffer.Length;
            int start = 0;
            while (RowLength(buffer.AsSpan(0, filled), start, Math.Max(start, searched), isEnd) is >= 0 and int length)
            {
                RequireShort(length);
                line++;
                if (buffer.AsSpan(start, length).ContainsAnyExcept(Blank))
                {
                    string name = $"{bytes.Path}:{line}";
                    yield return new TextDocument(name, parser.Text(buffer.AsSpan(start, length), name));
                }

                start = Math.Min(start + length + 1, filled);
            }

            filled -= start;
            RequireShort(filled);
            if (start > 0)
                buffer.AsSpan(start, filled).CopyTo(buffer);
            else if (!isEnd)
                Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, limits.MaximumRowBytes + 1L));
        }

        void RequireShort(int length)
        {
            if (length > limits.MaximumRowBytes)
                throw new InputException($"{bytes.Path}:{line + 1} has more than {limits.MaximumRowBytes} bytes, which is the most that a row takes");
        }
    }

    /// <summary>Bytes of the row that begins at <paramref name="start"/>, without its end; -1 where that is yet to be read.</summary>
    private static int RowLength(ReadOnlySpan<byte> text, int start, int searched, bool isEnd)
    {
        int end = text[searched..].IndexOf((byte)'\n');
        return end >= 0 ? searched + end - start
            : isEnd && start < text.Length ? text.Length - start
            : -1;
    }
}
