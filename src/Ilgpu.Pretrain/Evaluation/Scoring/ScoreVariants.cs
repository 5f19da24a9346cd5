using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// The ways that n models score in one pass: each alone, and the first K together by logits and by probabilities. A single
/// model is all three at once.
/// </summary>
/// <param name="Members">n.</param>
public readonly record struct ScoreVariants(int Members)
{
    /// <summary>How many there are.</summary>
    public int Count => Members == 1 ? 1 : 3 * Members;

    /// <summary>The number of one of them.</summary>
    /// <param name="by">What it is made of.</param>
    /// <param name="k">The member, or the first so many, from 1.</param>
    public int this[ScoredBy by, int k] => Members == 1 ? 0 : ((int)by * Members) + k - 1;

    /// <summary>The number of all members together.</summary>
    public int All(EnsembleAveraging averaging) =>
        this[averaging == EnsembleAveraging.Logits ? ScoredBy.LogitAverage : ScoredBy.ProbabilityAverage, Members];
}
