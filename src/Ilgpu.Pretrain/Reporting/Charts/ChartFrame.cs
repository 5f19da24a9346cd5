namespace Ilgpu.Pretrain.Reporting;

/// <summary>Where the plot of a drawn chart lies and what it spans: turns values into the drawing's pixels.</summary>
/// <param name="Width">Of the drawing.</param>
/// <param name="Height">Of the drawing.</param>
/// <param name="Left">Of the plot in it.</param>
/// <param name="Top">Of the plot in it.</param>
/// <param name="PlotWidth">Of the plot.</param>
/// <param name="PlotHeight">Of the plot.</param>
/// <param name="X">From left to right.</param>
/// <param name="Y">From bottom to top.</param>
public sealed record ChartFrame(double Width, double Height, double Left, double Top, double PlotWidth, double PlotHeight, Scale X, Scale Y)
{
    public double Right => Left + PlotWidth;

    public double Bottom => Top + PlotHeight;

    public double AtX(double value) => Left + (X.Place(value) * PlotWidth);

    public double AtY(double value) => Bottom - (Y.Place(value) * PlotHeight);
}
