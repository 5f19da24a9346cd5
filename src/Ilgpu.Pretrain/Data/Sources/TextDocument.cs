using System.Buffers;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>One document of a source, or a segment of a large one.</summary>
/// <param name="Name">For messages: a path, a path and a line, a type.</param>
/// <param name="Utf8">Its text, valid UTF-8, in memory of its own: it stays valid however far the source is read.</param>
/// <param name="WithPrevious">Whether the split must not part it from the document before it, since they are alike.</param>
/// <param name="Unfinished">Whether the text goes on in the next one, which has the same name: this is a segment and not the last.</param>
internal readonly record struct TextDocument(
    string Name,
    ReadOnlyMemory<byte> Utf8,
    bool WithPrevious = false,
    bool Unfinished = false)
{
    /// <summary>Its ids are encoded at once, and an array of four times its bytes is within what .NET allows.</summary>
    public const int MaximumBytes = 1 << 30;

    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n\f\v"u8);

    /// <summary>Whether it is white space only; of a segment, whether that segment is.</summary>
    public bool IsEmpty => Utf8.Span.IndexOfAnyExcept(WhiteSpace) < 0;
}
