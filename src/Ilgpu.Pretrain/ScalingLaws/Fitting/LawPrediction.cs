namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What a fitted law says at a point.</summary>
/// <param name="At">The point's variables.</param>
/// <param name="Value">The law there.</param>
/// <param name="Interval">Of the law, not of a single run, whose noise comes on top; null without a bootstrap.</param>
public sealed record LawPrediction(IReadOnlyDictionary<string, double> At, double Value, Interval? Interval)
{
    /// <summary>The curve that the point is on, for the laws of loss curves.</summary>
    public string? Curve { get; init; }
}
