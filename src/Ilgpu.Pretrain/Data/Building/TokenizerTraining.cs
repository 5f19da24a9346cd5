using System.Buffers;
using System.Diagnostics;
using Ilgpu.Pretrain.Data.Sources;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>Trains tokenizers on sources of text, and measures how well they write one.</summary>
public static class TokenizerTraining
{
    /// <summary>Learns byte pairs from all of a source. Its pieces are held in memory, each once: that grows with the words of the text, not with its length.</summary>
    /// <exception cref="InputException">The source cannot be read, or does not fill the vocabulary.</exception>
    public static BytePairTokenizer Train(
        TokenizerTrainingOptions options,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        DatasetOptions.RequireField(options.TextField);
        RequireDistinct(options.SpecialTokens);
        TextSource source = TextSource.Open(options.Source, options.TextField, options.Threads, cancellation);
        PieceCounts counts = TokenizerFitting.CountPieces(
            Texts(source, "counting pieces", progress, cancellation), options.Pieces, options.SpecialTokens, options.Threads, cancellation);
        if (counts.Bytes == 0)
            throw new InputException($"source: '{options.Source}' is empty: there is nothing to learn from");
        progress?.Report(new BuildProgress("learning merges", 0, 0, 0, 0));
        return new BytePairTokenizer(BytePairTrainer.Train(counts.All, options.Vocabulary, options.SpecialTokens, options.Pieces, cancellation));
    }

    /// <summary>Encodes all of a source on one thread.</summary>
    /// <exception cref="InputException">The source cannot be read, or has something that the tokenizer cannot write.</exception>
    public static TokenizerCompression Measure(
        Tokenizer tokenizer,
        string source,
        string textField,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        DatasetOptions.RequireField(textField);
        var ids = new ArrayBufferWriter<int>();
        var encoding = new Stopwatch();
        long bytes = 0;
        long tokens = 0;
        foreach (ReadOnlyMemory<byte> text in Texts(TextSource.Open(source, textField, Environment.ProcessorCount, cancellation), "encoding", progress, cancellation))
        {
            ids.ResetWrittenCount();
            encoding.Start();
            tokenizer.Encode(text.Span, ids);
            encoding.Stop();
            bytes += text.Length;
            tokens += ids.WrittenCount;
        }

        return new TokenizerCompression(bytes, tokens, encoding.Elapsed.TotalSeconds);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Texts(TextSource source, string activity, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        long documents = 0;
        foreach (TextDocument part in source.Documents(cancellation))
        {
            yield return part.Utf8;
            documents += part.Unfinished ? 0 : 1;
            progress?.Report(new BuildProgress(activity, documents, 0, source.BytesRead, source.TotalBytes));
        }

        source.RequireUnchanged();
    }

    private static void RequireDistinct(IReadOnlyList<string> special)
    {
        if (special.Any(token => token.Length == 0) || special.Distinct(StringComparer.Ordinal).Count() < special.Count)
            throw new InputException($"--special was given {string.Join(',', special)}; it takes names, none empty and none twice.");
    }
}
