using System.Buffers;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>One document of a source.</summary>
/// <param name="Name">For messages: a path, a type.</param>
/// <param name="Utf8">Its text, valid UTF-8.</param>
/// <param name="WithPrevious">Whether the split must not part it from the document before it, since they are alike.</param>
internal readonly record struct TextDocument(string Name, ReadOnlyMemory<byte> Utf8, bool WithPrevious = false)
{
    /// <summary>Its ids are encoded at once, and an array of four times its bytes is within what .NET allows.</summary>
    public const int MaximumBytes = 1 << 30;

    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n\f\v"u8);

    public bool IsEmpty => Utf8.Span.IndexOfAnyExcept(WhiteSpace) < 0;
}
