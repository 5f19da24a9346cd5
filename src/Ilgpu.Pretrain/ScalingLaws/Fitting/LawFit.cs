namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A law fitted to a table, with all there is to know about how well.</summary>
public sealed record LawFit
{
    public required ScalingLaw Law { get; init; }

    /// <summary>Rows fitted.</summary>
    public required int Points { get; init; }

    public required LawEstimate Estimate { get; init; }

    /// <summary>1 less the share of the measurements' variance that is left, on the values as they were measured; NaN where they do not vary.</summary>
    public required double RSquared { get; init; }

    public required IReadOnlyList<LawResidual> Residuals { get; init; }

    /// <summary>By parameter; those fitted alone. Empty without a bootstrap.</summary>
    public required IReadOnlyDictionary<string, Interval> Intervals { get; init; }

    /// <summary>What the bootstrap drew.</summary>
    public required Resampling Resampling { get; init; }

    /// <summary>Bootstrap fits that the intervals are made of.</summary>
    public required int Bootstraps { get; init; }

    public required IReadOnlyList<LawFinding> Findings { get; init; }

    public required IReadOnlyList<LawPrediction> Predictions { get; init; }

    public required IReadOnlyList<HeldOutRow> HeldOut { get; init; }

    /// <summary>How well a law of loss curves follows each curve: those held out, else those fitted. Empty for other laws.</summary>
    public required IReadOnlyList<CurveScore> Curves { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }
}
