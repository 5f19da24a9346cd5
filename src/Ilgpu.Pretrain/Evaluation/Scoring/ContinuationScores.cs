namespace Ilgpu.Pretrain.Evaluation;

/// <summary>How likely models hold continuations: for each variant of <see cref="ScoreVariants"/>, each request.</summary>
/// <param name="Variants">The models.</param>
/// <param name="LogLikelihoods">By variant, then request: the sum of the scored tokens' log-probabilities, in nats.</param>
/// <param name="AreLikeliest">By variant, then request: whether every scored token is its variant's likeliest; empty where that was not asked for.</param>
/// <param name="Tokens">Tokens that were scored.</param>
/// <param name="ComputedTokens">Tokens that went through each model.</param>
/// <param name="SeenTokens">Tokens that would have, had nothing been shared.</param>
/// <param name="CutRequests">Requests that did not fit into a window and were cut.</param>
public sealed record ContinuationScores(
    ScoreVariants Variants,
    IReadOnlyList<double[]> LogLikelihoods,
    IReadOnlyList<bool[]> AreLikeliest,
    long Tokens,
    long ComputedTokens,
    long SeenTokens,
    int CutRequests);
