namespace Ilgpu.Pretrain.Distillation;

/// <summary>How far a corpus is.</summary>
/// <param name="Tokens">Sampled so far, earlier processes' included.</param>
/// <param name="Total">To sample.</param>
/// <param name="TokensPerSecond">Of this process; 0 before the first ones.</param>
public readonly record struct SamplingProgress(long Tokens, long Total, double TokensPerSecond)
{
    /// <summary>Of all that is to be sampled, in [0, 1].</summary>
    public double Share => (double)Tokens / Total;
}
