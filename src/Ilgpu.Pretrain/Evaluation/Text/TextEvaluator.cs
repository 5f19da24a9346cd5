using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// The loss on texts by windows that slide: each text is read in windows that begin a stride apart, and a token counts in the
/// first window that predicts it. With a stride as long as the window this is a run's validation loss, to the bit on CPUs; a
/// shorter one gives each token window - stride tokens before it at least, behind a text's first window.
/// </summary>
public static class TextEvaluator
{
    /// <param name="models">Of the texts' tokenizer.</param>
    /// <param name="texts">One at least.</param>
    /// <param name="window">Tokens that a model sees at most.</param>
    /// <param name="stride">From one window to the next, 1 to <paramref name="window"/>.</param>
    /// <param name="batchTokens">Tokens that are computed at a time.</param>
    /// <param name="averaging">Whose loss <paramref name="onWindow"/> is told.</param>
    /// <param name="onWindow">Told of each window in order, or null.</param>
    /// <param name="progress">Told the share that is done, or null.</param>
    /// <param name="cancellation">Stops it.</param>
    public static TextLosses Evaluate(
        EvaluatedModels models,
        IReadOnlyList<EvaluatedText> texts,
        int window,
        int stride,
        int batchTokens,
        EnsembleAveraging averaging,
        Action<WindowLoss>? onWindow,
        Action<double>? progress,
        CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stride, window);
        var variants = new ScoreVariants(models.Models.Count);
        ClusterSums[] sums = [.. Enumerable.Range(0, variants.Count).Select(_ => new ClusterSums())];
        long total = texts.Sum(text => text.Targets);
        long predicted = 0;
        long firstTarget = 0;
        int owner = -1;
        int longest = (int)Math.Min(window, texts.Max(text => text.Targets));
        using var scorer = new PathScorer(models.Models, batchTokens, longest);
        scorer.Run(
            texts.SelectMany((text, i) => Windows(i, text, window, stride)),
            (in path, entries, scores) =>
            {
                foreach ((int variant, ClusterSums sum) in sums.Index())
                    sum.Add(scores.Losses[variant], entries);
                firstTarget = path.Owner == owner ? firstTarget : 1;
                owner = path.Owner;
                onWindow?.Invoke(new WindowLoss(texts[owner].Name, firstTarget, entries.Length, sums[variants.All(averaging)].LastMean));
                firstTarget += entries.Length;
                predicted += entries.Length;
                progress?.Invoke(predicted / (double)total);
            },
            cancellation);
        return new TextLosses(
            variants,
            [.. sums.Select(sum => sum.Mean)],
            [.. sums.Select(sum => sum.StandardError)],
            total,
            texts.Sum(text => text.TextBytes),
            texts.Count,
            sums[0].Clusters,
            scorer.ComputedTokens);
    }

    /// <summary>The windows of a text; read as they are asked for, since a text may be larger than memory.</summary>
    internal static IEnumerable<TokenPath> Windows(int owner, EvaluatedText text, int window, int stride)
    {
        long predicted = 0;
        for (long begin = 0; predicted < text.Targets; begin += stride)
        {
            long end = Math.Min(begin + window, text.Targets);
            var ids = new int[end - begin + 1];
            text.Ids.Read(begin, ids);
            yield return new TokenPath(owner, ids, (int)(predicted + 1 - begin));
            predicted = end;
        }
    }
}
