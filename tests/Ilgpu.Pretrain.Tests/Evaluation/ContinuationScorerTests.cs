using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Modeling;

namespace Ilgpu.Pretrain.Tests.Evaluation;

/// <summary>Log-likelihoods: those of an fp64 network, whatever is computed beside them.</summary>
public sealed class ContinuationScorerTests
{
    private const int Window = 48;

    /// <summary>An fp32 logit of a few units is off by some 1e-6 of itself, and a log-probability by twice that; with room for the network before it.</summary>
    private const double PerToken = 2e-5;

    private static readonly LlamaConfig Config = TestModels.Tiny;

    [Fact]
    public void A_log_likelihood_is_that_of_an_fp64_network()
    {
        using LlamaModel model = Create(1);
        ContinuationRequest[] requests = Requests(seed: 11);
        ContinuationScores scores = Score([model], requests);
        ReferenceLlama reference = TestModels.ReferenceOf(model);
        for (int i = 0; i < requests.Length; i++)
        {
            double expected = LogProbabilities([LogitsOf(reference, requests[i])], requests[i], ScoredBy.Member).Sum();
            Assert.Equal(expected, scores.LogLikelihoods[0][i], PerToken * (requests[i].Ids.Length - requests[i].First));
        }

        Assert.Equal(requests.Sum(request => request.Ids.Length - request.First), scores.Tokens);
        Assert.Equal(0, scores.CutRequests);
    }

    [Fact]
    public void Averages_over_the_first_members_are_those_of_fp64_networks()
    {
        LlamaModel[] models = [Create(1), Create(2), TestModels.Create(Config with { Hidden = 16, Layers = 1 }, new LlamaModelOptions(1, 1), seed: 3)];
        ReferenceLlama[] references = [.. models.Select(model => TestModels.ReferenceOf(model))];
        ContinuationRequest[] requests = Requests(seed: 12)[..20];
        requests = [.. requests, .. requests.Select(request => WithLikeliest(references, request))];
        ContinuationScores scores = Score(models, requests, choosing: true);
        int compared = 0;
        for (int i = 0; i < requests.Length; i++)
        {
            double[][] logits = [.. references.Select(reference => LogitsOf(reference, requests[i]))];
            double tolerance = PerToken * (requests[i].Ids.Length - requests[i].First);
            foreach (ScoredBy by in Enum.GetValues<ScoredBy>())
            {
                for (int k = 1; k <= models.Length; k++)
                {
                    double[][] taken = by == ScoredBy.Member ? [logits[k - 1]] : logits[..k];
                    int variant = scores.Variants[by, k];
                    Assert.Equal(LogProbabilities(taken, requests[i], by).Sum(), scores.LogLikelihoods[variant][i], tolerance);
                    if (AllLikeliest(taken, requests[i], by) is not { } expected)
                        continue;
                    Assert.Equal(expected, scores.AreLikeliest[variant][i]);
                    compared += expected ? 1 : 0;
                }
            }
        }

        Assert.True(compared > 0, "no continuation was the likeliest, so that this shows little");
        Array.ForEach(models, model => model.Dispose());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(61)]
    [InlineData(300)]
    public void The_bits_do_not_depend_on_the_batch(int batchTokens)
    {
        using LlamaModel model = Create(4);
        using LlamaModel other = Create(5);
        ContinuationRequest[] requests = Requests(seed: 13);
        ContinuationScores expected = Score([model, other], requests, choosing: true);
        ContinuationScores actual = Score([model, other], requests, choosing: true, batchTokens);
        Assert.Equal(expected.LogLikelihoods, actual.LogLikelihoods);
        Assert.Equal(expected.AreLikeliest, actual.AreLikeliest);
        Assert.True(actual.ComputedTokens >= expected.ComputedTokens, "smaller batches share less");
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_other_requests()
    {
        using LlamaModel model = Create(6);
        ContinuationRequest[] requests = Requests(seed: 14);
        ContinuationScores together = Score([model], requests);
        for (int i = 0; i < requests.Length; i += 5)
            Assert.Equal(Score([model], [requests[i]]).LogLikelihoods[0][0], together.LogLikelihoods[0][i]);
    }

    [Fact]
    public void What_texts_begin_with_alike_is_computed_once()
    {
        using LlamaModel model = Create(7);
        ContinuationRequest[] requests = Requests(seed: 15);
        ContinuationScores scores = Score([model], requests);
        var beginnings = new HashSet<string>();
        foreach (ContinuationRequest request in requests)
        {
            int[] ids = request.Ids.ToArray();
            for (int length = 1; length < ids.Length; length++)
                beginnings.Add(string.Join(' ', ids[..length]));
        }

        Assert.Equal(beginnings.Count, scores.ComputedTokens);
        Assert.Equal(requests.Sum(request => request.Ids.Length - 1), scores.SeenTokens);
        Assert.True(scores.ComputedTokens < .7 * scores.SeenTokens, "the requests are made to have much in common");
    }

    /// <summary>By hand: what does not fit is cut at the left, and a continuation longer than the window goes in pieces of half a window.</summary>
    [Theory]
    [InlineData(9, 5, "0..9@5")]
    [InlineData(12, 5, "3..12@2")]
    [InlineData(12, 4, "3..12@1")]
    [InlineData(12, 3, "0..7@3 2..11@5 3..12@8")]
    [InlineData(14, 1, "0..5@1 0..9@5 4..13@5 5..14@8")]
    public void A_text_longer_than_the_window_is_cut_or_goes_in_pieces(int length, int first, string expected)
    {
        int[] ids = [.. Enumerable.Range(0, length)];
        Assert.Equal(
            expected,
            string.Join(' ', TokenPath.Of(0, ids, first, window: 8).Select(path => $"{path.Ids.Span[0]}..{path.Ids.Span[^1] + 1}@{path.First}")));
    }

    private static ContinuationScores Score(IReadOnlyList<LlamaModel> models, ContinuationRequest[] requests, bool choosing = false, int batchTokens = 4096) =>
        ContinuationScorer.Score(models, requests, Window, batchTokens, choosing, progress: null, TestContext.Current.CancellationToken);

    private static LlamaModel Create(int seed) => TestModels.Create(Config, new LlamaModelOptions(1, 1), seed);

    /// <summary>Groups of requests that share a beginning, some of them of one scored token.</summary>
    private static ContinuationRequest[] Requests(int seed)
    {
        var inputs = new Inputs(seed);
        var requests = new List<ContinuationRequest>();
        foreach (int length in inputs.Integers(12, 1, 30))
        {
            int[] context = inputs.Integers(length, 0, Config.Vocabulary);
            foreach (int more in inputs.Integers(4, 1, 12))
                requests.Add(new ContinuationRequest((int[])[.. context, .. inputs.Integers(more, 0, Config.Vocabulary)], length));
        }

        return [.. requests];
    }

    private static double[] LogitsOf(ReferenceLlama reference, ContinuationRequest request) =>
        reference.Logits(request.Ids[..^1].ToArray(), request.Ids.Length - 1);

    private static double[] LogProbabilities(double[][] members, ContinuationRequest request, ScoredBy by) =>
        [.. Distributions(members, request, by).Select((log, i) => log[request.Ids.Span[request.First + i]])];

    /// <summary>Whether each scored token is the likeliest; null where rounding could decide.</summary>
    private static bool? AllLikeliest(double[][] members, ContinuationRequest request, ScoredBy by)
    {
        bool all = true;
        foreach ((int i, double[] log) in Distributions(members, request, by).Index())
        {
            double[] sorted = [.. log.OrderDescending()];
            if (sorted[0] - sorted[1] < 1e-3)
                return null;
            all &= log[request.Ids.Span[request.First + i]] == sorted[0];
        }

        return all;
    }

    /// <summary>The request's context, with the token behind it that the networks' mean holds for the likeliest.</summary>
    private static ContinuationRequest WithLikeliest(ReferenceLlama[] references, ContinuationRequest request)
    {
        ContinuationRequest one = request with { Ids = request.Ids[..(request.First + 1)] };
        double[] log = Distributions([.. references.Select(reference => LogitsOf(reference, one))], one, ScoredBy.LogitAverage).Single();
        return one with { Ids = (int[])[.. one.Ids[..^1].Span, Array.IndexOf(log, log.Max())] };
    }

    /// <summary>Log-probabilities at each scored token.</summary>
    private static IEnumerable<double[]> Distributions(double[][] members, ContinuationRequest request, ScoredBy by)
    {
        int vocabulary = Config.Vocabulary;
        for (int position = request.First - 1; position < request.Ids.Length - 1; position++)
        {
            double[][] rows = [.. members.Select(logits => logits[(position * vocabulary)..((position + 1) * vocabulary)])];
            yield return by == ScoredBy.ProbabilityAverage
                ? [.. Enumerable.Range(0, vocabulary).Select(id => Math.Log(rows.Average(row => Math.Exp(LogSoftmax(row)[id]))))]
                : LogSoftmax([.. Enumerable.Range(0, vocabulary).Select(id => rows.Average(row => row[id]))]);
        }
    }

    private static double[] LogSoftmax(double[] logits)
    {
        double largest = logits.Max();
        double logSum = largest + Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
        return [.. logits.Select(logit => logit - logSum)];
    }
}
