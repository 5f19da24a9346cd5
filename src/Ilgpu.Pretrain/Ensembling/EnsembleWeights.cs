namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// Weights learned on the first half of the validation windows, and losses on the second half: not one token counts in both,
/// and at most one document has tokens in both.
/// </summary>
/// <param name="Logits">Of weighted logits.</param>
/// <param name="Probabilities">Of weighted probabilities.</param>
/// <param name="FittedTokens">Predicted tokens that the weights were fitted to.</param>
/// <param name="Tokens">Predicted tokens that losses are reported on.</param>
/// <param name="Seconds">What it took.</param>
public sealed record EnsembleWeights(LearnedWeights Logits, LearnedWeights Probabilities, long FittedTokens, long Tokens, double Seconds);
