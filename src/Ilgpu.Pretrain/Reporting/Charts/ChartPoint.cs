namespace Ilgpu.Pretrain.Reporting;

/// <summary>A point of a series. One whose y is not finite is a gap in the line.</summary>
/// <param name="X">In the horizontal axis' unit.</param>
/// <param name="Y">In the vertical axis' unit.</param>
/// <param name="Name">What the point is, where it is not told by its series and x alone.</param>
public readonly record struct ChartPoint(double X, double Y, string? Name = null);
