using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Scores continuations of contexts. The scores do not depend on the batch nor on the other requests, to the bit on CPUs.</summary>
public static class ContinuationScorer
{
    /// <param name="models">One at least, of one vocabulary, on one device.</param>
    /// <param name="requests">What to score.</param>
    /// <param name="window">Tokens that a model sees at most.</param>
    /// <param name="batchTokens">Tokens that are computed at a time.</param>
    /// <param name="choosing">Whether it is wanted that every scored token is the likeliest.</param>
    /// <param name="progress">Told the share that is done, or null.</param>
    /// <param name="cancellation">Stops it.</param>
    public static ContinuationScores Score(
        IReadOnlyList<LlamaModel> models,
        IReadOnlyList<ContinuationRequest> requests,
        int window,
        int batchTokens,
        bool choosing,
        Action<double>? progress,
        CancellationToken cancellation)
    {
        var variants = new ScoreVariants(models.Count);
        double[][] sums = [.. Enumerable.Range(0, variants.Count).Select(_ => new double[requests.Count])];
        bool[][] likeliest = [.. Enumerable.Range(0, choosing ? variants.Count : 0).Select(_ => Enumerable.Repeat(true, requests.Count).ToArray())];
        TokenPath[] paths = [.. requests.SelectMany((request, i) => TokenPath.Of(i, request.Ids, request.First, window))];
        // Alike beginnings side by side; of equal paths the first owner's first, so that nothing hangs on the sort.
        Array.Sort(paths, (a, b) => a.Ids.Span.SequenceCompareTo(b.Ids.Span) is not 0 and var order ? order : a.Owner.CompareTo(b.Owner));
        int longest = paths.Length == 0 ? 1 : paths.Max(path => path.Length);
        long tokens = 0;
        int visited = 0;
        using var scorer = new PathScorer(models, batchTokens, longest, choosing);
        scorer.Run(
            paths,
            (in path, entries, scores) =>
            {
                tokens += path.Scored;
                for (int variant = 0; variant < variants.Count; variant++)
                {
                    foreach (int entry in entries)
                        sums[variant][path.Owner] -= scores.Losses[variant][entry];
                    if (choosing)
                        likeliest[variant][path.Owner] &= AllChosen(path, entries, scores.Choices[variant]);
                }

                visited++;
                progress?.Invoke(visited / (double)paths.Length);
            },
            cancellation);
        int cut = requests.Count(request => request.Ids.Length - 1 > window);
        return new ContinuationScores(variants, sums, likeliest, tokens, scorer.ComputedTokens, scorer.SeenTokens, cut);
    }

    private static bool AllChosen(in TokenPath path, ReadOnlySpan<int> entries, int[] choices)
    {
        ReadOnlySpan<int> scored = path.Ids.Span[path.First..];
        for (int i = 0; i < scored.Length; i++)
        {
            if (choices[entries[i]] != scored[i])
                return false;
        }

        return true;
    }
}
