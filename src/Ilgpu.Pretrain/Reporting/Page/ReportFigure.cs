namespace Ilgpu.Pretrain.Reporting;

/// <summary>A chart in a page: heading, legend, its drawings, caption, and its points as a table.</summary>
internal static class ReportFigure
{
    private const int ManySeries = 6;

    public static Markup Of(Chart chart, IReadOnlyList<ChartDrawing> drawings) => new(
        "figure",
        ("class", $"chart{(chart.IsHalf ? " half" : "")}{(chart.Series.Count > ManySeries ? " many" : "")}"),
        ("data-chart", chart.Id),
        new Markup("h3", chart.Title),
        Legend(chart, drawings[0].IsLabelled),
        new Markup("div", ("class", "plot"), drawings.Select(drawing => drawing.ToSvg())),
        chart.Caption.Length == 0 ? null : new Markup("figcaption", chart.Caption),
        ReportTables.Of(TableOf(chart)));

    /// <summary>The points of all series that are not laws' curves, side by side.</summary>
    internal static ReportTable TableOf(Chart chart)
    {
        ChartSeries[] series = [.. chart.Series.Where(each => !each.IsCurve)];
        bool hasNames = series.Any(each => each.Points.Any(point => point.Name is not null));
        string[] columns = [.. hasNames ? new[] { "what" } : [], chart.X.Label, .. series.Select(each => each.Name)];
        return new ReportTable($"{chart.Id}-table", "The numbers of this chart", columns, [.. Rows(chart, series, hasNames)]) { IsFolded = true };
    }

    /// <summary>One row an x, or one a point where several points of a series have the same x.</summary>
    private static IEnumerable<IReadOnlyList<ReportCell>> Rows(Chart chart, ChartSeries[] series, bool hasNames)
    {
        var rows = new SortedDictionary<double, List<(string? Name, double?[] Values)>>();
        for (int s = 0; s < series.Length; s++)
        {
            foreach (ChartPoint point in series[s].Points)
            {
                if (!rows.TryGetValue(point.X, out List<(string? Name, double?[] Values)>? atX))
                    rows[point.X] = atX = [];
                int row = atX.FindIndex(each => each.Values[s] is null && each.Name == point.Name);
                if (row < 0)
                {
                    atX.Add((point.Name, new double?[series.Length]));
                    row = atX.Count - 1;
                }

                atX[row].Values[s] = point.Y;
            }
        }

        return rows.SelectMany(at => at.Value.Select(row => (IReadOnlyList<ReportCell>)
        [
            .. hasNames ? new[] { ReportCell.Of(row.Name) } : [],
            chart.X.Kind == ScaleKind.Ordinal ? ReportCell.Of(chart.X.Categories[(int)at.Key]) : ReportCell.Exact(at.Key),
            .. row.Values.Select(ReportCell.Exact),
        ]));
    }

    private static Markup? Legend(Chart chart, bool isLabelled)
    {
        (string Name, Markup Swatch)[] items = [.. ChartLegend.ItemsOf(chart)];
        return items.Length < 2
            ? null
            : new Markup("ul", ("class", isLabelled ? "legend below-wide" : "legend"), ("aria-hidden", "true"), items.Select(item => new Markup("li", item.Swatch, item.Name)));
    }
}
