namespace Ilgpu.Pretrain.Evaluation;

/// <summary>The rows of one category.</summary>
/// <param name="Category">Which.</param>
/// <param name="Accuracy">Of them.</param>
/// <param name="AccuracyNorm">By bytes; null where there is no such measure.</param>
public sealed record CategoryScores(ItemCategory Category, MeanWithError Accuracy, MeanWithError? AccuracyNorm);
