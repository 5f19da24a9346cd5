using System.Text;
using Ilgpu.Pretrain.Data.Sources;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>Makes tokenizers of text: of all characters, or of the byte pairs of the training documents.</summary>
internal static class TokenizerFitting
{
    /// <summary>Text that is counted at a time, documents side by side.</summary>
    private const int BytesAtOnce = 1 << 23;

    /// <param name="choice">What to make.</param>
    /// <param name="text">Is read once or twice.</param>
    /// <param name="options">Of the dataset.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The text cannot be read, or does not fill the vocabulary.</exception>
    public static Tokenizer Fit(
        TokenizerChoice choice,
        DatasetText text,
        DatasetOptions options,
        IProgress<BuildProgress>? progress,
        CancellationToken cancellation) => choice switch
        {
            TokenizerChoice.Ready ready => ready.Tokenizer,
            TokenizerChoice.FittedCharacters => FitCharacters(text, options, progress, cancellation),
            TokenizerChoice.FittedBytePairs pairs => FitBytePairs(pairs, text, options, progress, cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(choice), choice, null),
        };

    /// <summary>Counts the pieces of texts on several threads.</summary>
    public static PieceCounts CountPieces(
        IEnumerable<ReadOnlyMemory<byte>> texts,
        PreTokenization pieces,
        IReadOnlyList<string> special,
        int threads,
        CancellationToken cancellation)
    {
        AddedToken[] added = [.. special.Select((content, id) => new AddedToken(id, content, Special: true))];
        var counts = new PieceCounts[threads];
        for (int thread = 0; thread < threads; thread++)
            counts[thread] = new PieceCounts(pieces, added);
        var gathered = new List<ReadOnlyMemory<byte>>();
        long bytes = 0;
        foreach (ReadOnlyMemory<byte> text in texts)
        {
            gathered.Add(text);
            bytes += text.Length;
            if (bytes >= BytesAtOnce)
                CountGathered();
        }

        CountGathered();
        for (int thread = 1; thread < threads; thread++)
            counts[0].Add(counts[thread]);
        return counts[0];

        void CountGathered()
        {
            int next = -1;
            Workers.For(
                threads,
                threads,
                thread =>
                {
                    for (int i = Interlocked.Increment(ref next); i < gathered.Count; i = Interlocked.Increment(ref next))
                        counts[thread].Add(gathered[i].Span);
                },
                cancellation);
            gathered.Clear();
            bytes = 0;
        }
    }

    private static CharacterTokenizer FitCharacters(DatasetText text, DatasetOptions options, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        const int CodePoints = 0x110000;
        var stands = new bool[CodePoints];
        foreach (TextDocument part in Reporting(text, new DocumentIndex(), "gathering characters", progress, cancellation))
        {
            ReadOnlySpan<byte> rest = part.Utf8.Span;
            while (!rest.IsEmpty)
            {
                Rune.DecodeFromUtf8(rest, out Rune character, out int length);
                stands[character.Value] = true;
                rest = rest[length..];
            }
        }

        Rune[] characters = [.. stands.Index().Where(entry => entry.Item).Select(entry => new Rune(entry.Index))];
        return CharacterTokenizer.Of(characters, withEndOfText: options.Separator != DatasetOptions.NoSeparator);
    }

    /// <summary>Reads once for the split and once for the training documents' pieces: what is held out has no say in the merges.</summary>
    private static BytePairTokenizer FitBytePairs(
        TokenizerChoice.FittedBytePairs choice,
        DatasetText text,
        DatasetOptions options,
        IProgress<BuildProgress>? progress,
        CancellationToken cancellation)
    {
        string[] special = options.Separator switch
        {
            DatasetOptions.NoSeparator => [],
            null => [Tokenizer.EndOfTextName],
            var name => [name],
        };
        var index = new DocumentIndex();
        foreach (TextDocument _ in Reporting(text, index, "splitting", progress, cancellation))
        {
            // The index takes in what passes.
        }

        HashSet<int> training = [.. text.Split(index).Train];
        PieceCounts counts = CountPieces(TrainingTexts(), choice.Pieces, special, options.Threads, cancellation);
        progress?.Report(new BuildProgress("learning merges", 0, 0, 0, 0));
        try
        {
            return new BytePairTokenizer(BytePairTrainer.Train(counts.All, choice.Vocabulary, special, choice.Pieces, cancellation));
        }
        catch (InputException e)
        {
            throw new InputException($"--tokenizer {options.Tokenizer}: {e.Message}", e);
        }

        IEnumerable<ReadOnlyMemory<byte>> TrainingTexts()
        {
            int document = 0;
            foreach (TextDocument part in Reporting(text, new DocumentIndex(), "counting pieces", progress, cancellation))
            {
                if (training.Contains(document))
                    yield return part.Utf8;
                document += part.Unfinished ? 0 : 1;
            }
        }
    }

    private static IEnumerable<TextDocument> Reporting(
        DatasetText text,
        DocumentIndex index,
        string activity,
        IProgress<BuildProgress>? progress,
        CancellationToken cancellation)
    {
        long sinceReport = 0;
        foreach (TextDocument part in text.Read(index, cancellation))
        {
            yield return part;
            sinceReport += part.Utf8.Length;
            if (sinceReport < BytesAtOnce)
                continue;
            sinceReport = 0;
            progress?.Report(new BuildProgress(activity, index.Count, 0, text.BytesRead, text.TotalBytes));
        }
    }
}
