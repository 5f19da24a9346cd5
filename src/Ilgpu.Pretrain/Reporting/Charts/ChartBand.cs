namespace Ilgpu.Pretrain.Reporting;

/// <summary>The area between two curves: where a law lies with the confidence asked for.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Colour">As a series'.</param>
/// <param name="Points">By x.</param>
public sealed record ChartBand(string Name, int Colour, IReadOnlyList<ChartBandPoint> Points);

/// <summary>One x of a band.</summary>
public readonly record struct ChartBandPoint(double X, double Low, double High);
