namespace Ilgpu.Pretrain.Reporting;

/// <summary>A chart as data: what is drawn, in values, not in pixels.</summary>
/// <param name="Id">Unique in its report; letters, digits and hyphens.</param>
/// <param name="Title">One line.</param>
/// <param name="X">The horizontal axis.</param>
/// <param name="Y">The vertical axis.</param>
/// <param name="Series">In the order of the legend; later ones lie above.</param>
public sealed record Chart(string Id, string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>What is to be seen, for readers who see the chart and for those who do not.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Drawn below the series.</summary>
    public IReadOnlyList<ChartBand> Bands { get; init; } = [];

    /// <summary>Lines across the whole plot: asymptotes, for example.</summary>
    public IReadOnlyList<ChartRule> Rules { get; init; } = [];

    /// <summary>Labelled arrows from one x to another.</summary>
    public IReadOnlyList<ChartBridge> Bridges { get; init; } = [];

    /// <summary>Whether it takes half the page's width where there is room for two.</summary>
    public bool IsHalf { get; init; }

    /// <summary>Whether there is nothing that could be drawn: no series has a point on both axes.</summary>
    public bool IsEmpty => !Series.Any(series => series.Points.Any(IsDrawn));

    /// <summary>Whether a point is on both axes: finite, and above 0 on a logarithmic one.</summary>
    public bool IsDrawn(ChartPoint point) => X.Takes(point.X) && Y.Takes(point.Y);
}
