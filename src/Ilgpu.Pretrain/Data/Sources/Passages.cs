namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>
/// Cuts texts into passages (<see cref="PassageEnd"/>), each a document; joined they are the text, to the byte. A text that is
/// no longer than a passage stays as it is.
/// </summary>
/// <param name="mostBytes">Of a passage.</param>
/// <param name="together">Whether the split must not part the passages of a text.</param>
internal sealed class Passages(int mostBytes, bool together)
{
    private const int BlockBytes = 1 << 20;

    /// <summary>What a split of passages holds out as a whole.</summary>
    public SplitUnit Unit => together ? SplitUnit.File : SplitUnit.Document;

    /// <summary>The passages of a file's text, of which two and a block are in memory at a time.</summary>
    /// <exception cref="InputException">It is not UTF-8.</exception>
    public IEnumerable<TextDocument> Read(SourceBytes bytes, CancellationToken cancellation)
    {
        var buffer = new byte[Math.Max(BlockBytes, 2 * mostBytes)];
        long position = bytes.Position;
        int start = 0, filled = 0;
        bool isEnd = false, withPrevious = false;
        for (bool isLast = false; !isLast;)
        {
            if (!isEnd && filled - start <= mostBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                filled -= start;
                buffer.AsSpan(start, filled).CopyTo(buffer);
                position += start;
                start = 0;
                int count = bytes.Fill(buffer.AsSpan(filled));
                isEnd = count < buffer.Length - filled;
                filled += count;
            }

            isLast = isEnd && filled - start <= mostBytes;
            int length = isLast ? filled - start : PassageEnd.Of(buffer.AsSpan(start, filled - start), mostBytes);
            Utf8Text.RequireValid(buffer.AsSpan(start, length), position + start, bytes.Path);
            var passage = new TextDocument(bytes.Path, buffer.AsMemory(start, length).ToArray(), withPrevious);
            withPrevious |= together && !passage.IsEmpty;
            start += length;
            yield return passage;
        }
    }

    /// <summary>The passages of a text that is in memory.</summary>
    public IEnumerable<TextDocument> Of(TextDocument document)
    {
        ReadOnlyMemory<byte> rest = document.Utf8;
        bool withPrevious = false;
        while (rest.Length > mostBytes)
        {
            int end = PassageEnd.Of(rest.Span, mostBytes);
            TextDocument passage = document with { Utf8 = rest[..end], WithPrevious = withPrevious };
            // A passage that is blank is left out, and the next one then the first.
            withPrevious |= together && !passage.IsEmpty;
            rest = rest[end..];
            yield return passage;
        }

        yield return document with { Utf8 = rest, WithPrevious = withPrevious };
    }
}
