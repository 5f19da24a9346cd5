using System.Buffers;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Text files as texts to predict: each document by itself, behind the token that documents stood behind.</summary>
public static class TextFileReader
{
    private const string TextField = "text";

    /// <param name="paths">Files or folders, as <c>--data</c> takes them.</param>
    /// <param name="tokenizer">Of the models.</param>
    /// <param name="start">The token that a document stands behind, or null: then its first token is not predicted.</param>
    /// <param name="limit">Documents of each path at most; null for all.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A file cannot be read, or has nothing to predict.</exception>
    public static IReadOnlyList<EvaluatedText> Read(IReadOnlyList<string> paths, Tokenizer tokenizer, int? start, long? limit, CancellationToken cancellation)
    {
        var texts = new List<EvaluatedText>();
        foreach (string path in paths)
        {
            int before = texts.Count;
            try
            {
                IEnumerable<(string Name, ReadOnlyMemory<byte> Utf8)> documents = Whole(TextSource.Open(path, TextField, Environment.ProcessorCount, cancellation).Documents(cancellation));
                texts.AddRange(documents.Select(document => Encode(document.Name, document.Utf8.Span, tokenizer, start)).OfType<EvaluatedText>().Take((int)Math.Min(limit ?? int.MaxValue, int.MaxValue)));
            }
            catch (InputException e) when (e.Message.StartsWith("source: ", StringComparison.Ordinal))
            {
                throw new InputException("--text: " + e.Message["source: ".Length..], e);
            }

            if (texts.Count == before)
                throw new InputException($"--text: '{path}' has nothing to predict: it is empty.");
        }

        return texts;
    }

    /// <summary>Documents without text left out, segments put together.</summary>
    private static IEnumerable<(string Name, ReadOnlyMemory<byte> Utf8)> Whole(IEnumerable<TextDocument> parts)
    {
        ArrayBufferWriter<byte>? begun = null;
        foreach (TextDocument part in parts)
        {
            if (begun is null && !part.Unfinished)
            {
                if (!part.IsEmpty)
                    yield return (part.Name, part.Utf8);
                continue;
            }

            begun ??= new ArrayBufferWriter<byte>();
            begun.Write(part.Utf8.Span);
            if (part.Unfinished)
                continue;
            yield return (part.Name, begun.WrittenMemory);
            begun = null;
        }
    }

    private static EvaluatedText? Encode(string name, ReadOnlySpan<byte> utf8, Tokenizer tokenizer, int? start)
    {
        var ids = new ArrayBufferWriter<int>();
        if (start is { } id)
            ids.Write([id]);
        try
        {
            tokenizer.Encode(utf8, ids);
        }
        catch (InputException e)
        {
            throw new InputException($"{name}: {e.Message}", e);
        }

        // A tokenizer may put a space before the text, which is none of the text's bytes.
        long bytes = start is not null ? utf8.Length : tokenizer.TextBytes(ids.WrittenSpan[Math.Min(1, ids.WrittenCount)..]);
        return ids.WrittenCount < 2 ? null : new EvaluatedText(name, TokenSpan.Of(ids.WrittenMemory), ids.WrittenCount, bytes);
    }
}
