namespace Ilgpu.Pretrain.Reporting;

/// <summary>A chart as an SVG file of its own, with its title and legend: for a README, a slide or a paper. It follows the reader's choice of light or dark.</summary>
public static class ChartFile
{
    private const double Margin = 14;
    private const double TitleSize = 16;
    private const double TitleHeight = 30;
    private const double LegendLineHeight = 20;
    private const double GapToName = 7;
    private const double GapToNext = 18;

    /// <summary>Writes what can be drawn, each as ID.svg; charts without a point are passed over.</summary>
    /// <param name="folder">Made where it is not there; files of the same names are written over.</param>
    /// <param name="charts">With ids of their own.</param>
    /// <returns>The files.</returns>
    /// <exception cref="IOException">One could not be written.</exception>
    public static IReadOnlyList<string> WriteAll(string folder, IEnumerable<Chart> charts)
    {
        DurableFile.CreateFolder(folder);
        var files = new List<string>();
        foreach (Chart chart in charts.Where(chart => !chart.IsEmpty))
        {
            string file = Path.Combine(folder, $"{chart.Id}.svg");
            DurableFile.WriteAllText(file, Render(chart));
            files.Add(file);
        }

        return files;
    }

    /// <summary>The file's text.</summary>
    public static string Render(Chart chart)
    {
        ChartLayout layout = ChartLayout.Wide;
        var drawing = ChartDrawing.Of(chart, layout);
        double width = layout.Width + (2 * Margin);
        (string Name, Markup Swatch)[] items = [.. ChartLegend.ItemsOf(chart)];
        var legend = new Markup("g", ("class", "legend"));
        double top = Margin + TitleHeight + (drawing.IsLabelled || items.Length < 2 ? 0 : AddLegend(legend, items, width));
        double height = top + layout.Height + Margin;
        var svg = new Markup(
            "svg",
            ("xmlns", ChartDrawing.SvgNamespace),
            ("width", ChartDrawing.Px(width)),
            ("height", ChartDrawing.Px(height)),
            ("viewBox", $"0 0 {ChartDrawing.Px(width)} {ChartDrawing.Px(height)}"),
            new Markup("style", new Markup.Verbatim(ReportResource.Read("palette.css") + ReportResource.Read("chart.css") + ReportResource.Read("chart-file.css"))),
            new Markup("rect", ("class", "paper"), ("width", ChartDrawing.Px(width)), ("height", ChartDrawing.Px(height))),
            ChartDrawing.Text("title", Margin, Margin + TitleSize, TextWidth.Cut(chart.Title, TitleSize, width - (2 * Margin))),
            legend,
            drawing.ToSvg().Add(("x", ChartDrawing.Px(Margin)), ("y", ChartDrawing.Px(top)), ("width", ChartDrawing.Px(layout.Width)), ("height", ChartDrawing.Px(layout.Height))));
        return $"{svg}\n";
    }

    /// <returns>The room that it takes.</returns>
    private static double AddLegend(Markup legend, (string Name, Markup Swatch)[] items, double width)
    {
        double x = Margin, y = Margin + TitleHeight;
        foreach ((string name, Markup swatch) in items)
        {
            double wide = ChartLegend.SwatchWidth + GapToName + TextWidth.Of(name, ChartDrawing.FontSize);
            if (x > Margin && x + wide > width - Margin)
                (x, y) = (Margin, y + LegendLineHeight);
            legend.Add(swatch.Add(("x", ChartDrawing.Px(x)), ("y", ChartDrawing.Px(y))));
            legend.Add(ChartDrawing.Text("axis", x + ChartLegend.SwatchWidth + GapToName, y + (ChartLegend.SwatchHeight / 2) + 4.5, name));
            x += wide + GapToNext;
        }

        return y + LegendLineHeight - Margin - TitleHeight + GapToName;
    }
}
