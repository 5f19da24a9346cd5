using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>A straight line across the plot: an asymptote, an optimum.</summary>
/// <param name="Label">At its end; the rule's value is for the label to tell.</param>
/// <param name="Value">On the vertical axis; on the horizontal one where it is upright.</param>
/// <param name="Colour">As a series'.</param>
public sealed record ChartRule(string Label, double Value, int Colour)
{
    /// <summary>Where the value lies with the confidence asked for: shaded; null for no shade.</summary>
    public Interval? Interval { get; init; }

    public bool IsUpright { get; init; }

    /// <summary>Whether it is as pale as the grid, without a label: ends of epochs, for example.</summary>
    public bool IsQuiet { get; init; }
}
