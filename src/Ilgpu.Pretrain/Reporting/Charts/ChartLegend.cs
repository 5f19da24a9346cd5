namespace Ilgpu.Pretrain.Reporting;

/// <summary>What the marks, lines and shades of a chart mean.</summary>
internal static class ChartLegend
{
    public const double SwatchWidth = 22;
    public const double SwatchHeight = 12;

    /// <summary>In the order of the series, then bands and rules.</summary>
    public static IEnumerable<(string Name, Markup Swatch)> ItemsOf(Chart chart) =>
    [
        .. chart.Series.Where(series => series.IsInLegend).Select(series => (series.Name, Swatch(series))),
        .. chart.Bands.Select(band => (band.Name, Swatch(new Markup("rect", ("class", $"band {ChartDrawing.ColourClass(band.Colour)}"), ("width", ChartDrawing.Px(SwatchWidth)), ("height", ChartDrawing.Px(SwatchHeight)))))),
        .. chart.Rules.Where(rule => !rule.IsQuiet).Select(rule => (rule.Label, Swatch(ChartDrawing.Line($"rule {ChartDrawing.ColourClass(rule.Colour)}", 0, SwatchHeight / 2, SwatchWidth, SwatchHeight / 2)))),
    ];

    private static Markup Swatch(ChartSeries series)
    {
        string colour = ChartDrawing.ColourClass(series.Colour);
        string style = $"{colour}{(series.IsFaint ? " faint" : "")}{(series.IsDashed ? " dashed" : "")}";
        return Swatch(
            series.Mark == ChartMark.Points ? null : ChartDrawing.Line($"line {style}", 0, SwatchHeight / 2, SwatchWidth, SwatchHeight / 2),
            series.Mark == ChartMark.Line ? null : new Markup("g", ("class", $"points {style}"), ChartMarks.Draw(series.Colour, SwatchWidth / 2, SwatchHeight / 2, 4)));
    }

    private static Markup Swatch(params IEnumerable<Markup?> content) => new(
        "svg", ("class", "swatch"), ("width", ChartDrawing.Px(SwatchWidth)), ("height", ChartDrawing.Px(SwatchHeight)), ("viewBox", $"0 0 {ChartDrawing.Px(SwatchWidth)} {ChartDrawing.Px(SwatchHeight)}"), ("aria-hidden", "true"), content);
}
