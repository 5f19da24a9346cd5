namespace Ilgpu.Pretrain.Reporting;

/// <summary>One axis of a chart.</summary>
/// <param name="Label">What it measures, with the unit.</param>
/// <param name="Kind">How values become places.</param>
public sealed record ChartAxis(string Label, ScaleKind Kind = ScaleKind.Linear)
{
    /// <summary>How its ticks are written.</summary>
    public NumberStyle Style { get; init; } = NumberStyle.Plain;

    /// <summary>The places of an ordinal axis, from the left: the value i is the i-th.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>The ticks, where those that follow from the range will not do; empty for these.</summary>
    public IReadOnlyList<double> Ticks { get; init; } = [];

    /// <summary>A value that the axis begins or ends at, or reaches beyond, whatever the points.</summary>
    public IReadOnlyList<double> Includes { get; init; } = [];

    /// <summary>Whether values have a place on it.</summary>
    public bool Takes(double value) => double.IsFinite(value) && (Kind != ScaleKind.Logarithmic || value > 0);
}
