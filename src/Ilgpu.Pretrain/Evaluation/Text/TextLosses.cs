namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Losses on text: for each variant of <see cref="ScoreVariants"/>, in nats a token.</summary>
/// <param name="Variants">The models.</param>
/// <param name="Losses">Means over the predicted tokens.</param>
/// <param name="StandardErrors">Of the means, from how windows differ; null of a single window.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="TextBytes">UTF-8 bytes that they stand for.</param>
/// <param name="Texts">Documents.</param>
/// <param name="Windows">Passes over a window.</param>
/// <param name="ComputedTokens">Tokens that went through each model.</param>
public sealed record TextLosses(
    ScoreVariants Variants,
    IReadOnlyList<double> Losses,
    IReadOnlyList<double?> StandardErrors,
    long Tokens,
    long TextBytes,
    int Texts,
    long Windows,
    long ComputedTokens)
{
    /// <summary>A variant's loss as bits a byte of text.</summary>
    public double BitsPerByte(int variant) => Losses[variant] * Tokens / (Math.Log(2) * TextBytes);

    /// <summary>A variant's perplexity a token.</summary>
    public double Perplexity(int variant) => Math.Exp(Losses[variant]);
}
