namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What a fitted law says at a point.</summary>
/// <param name="At">The point's variables.</param>
/// <param name="Value">The law there.</param>
/// <param name="Interval">Of the law, not of a single run, whose noise comes on top; null without a bootstrap.</param>
public sealed record LawPrediction(IReadOnlyDictionary<string, double> At, double Value, Interval? Interval);
