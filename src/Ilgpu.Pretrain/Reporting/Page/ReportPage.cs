using System.Text.Json.Nodes;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// A report as one HTML file that needs nothing else: style, script and the exact numbers are in it, and its content
/// security policy lets a browser fetch nothing. Without scripts it lacks the cursor's readings alone.
/// </summary>
public static class ReportPage
{
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

    /// <summary>Writes the file as a whole or not at all.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void Write(string path, Report report) => DurableFile.WriteAllText(path, Render(report));

    /// <summary>The file's text: HTML that is well-formed XML, too.</summary>
    public static string Render(Report report)
    {
        report = WithoutEmptyCharts(report);
        Dictionary<string, ChartDrawing[]> drawings = report.Charts.ToDictionary(chart => chart.Id, Draw);
        JsonObject data = ReportJson.Of(report, drawings.ToDictionary(each => each.Key, each => FramesOf(report.Charts.First(chart => chart.Id == each.Key), each.Value)));
        var page = new Markup(
            "html",
            ("lang", "en"),
            new Markup(
                "head",
                new Markup("meta", ("charset", "utf-8")),
                new Markup("meta", ("http-equiv", "Content-Security-Policy"), ("content", Policy)),
                new Markup("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")),
                new Markup("meta", ("name", "color-scheme"), ("content", "light dark")),
                new Markup("title", report.Title),
                new Markup("style", new Markup.Verbatim(ReportResource.Read("palette.css") + ReportResource.Read("report.css") + ReportResource.Read("chart.css")))),
            new Markup(
                "body",
                Header(report),
                new Markup("main", report.Sections.Select(section => Section(section, drawings))),
                new Markup("footer", new Markup("p", report.Footer)),
                new Markup("script", ("type", "application/json"), ("id", "data"), new Markup.Verbatim(ReportJson.ToText(data))),
                new Markup("script", new Markup.Verbatim($"//<![CDATA[\n{ReportResource.Read("report.js")}//]]>"))));
        return $"<!DOCTYPE html>\n{page}\n";
    }

    /// <summary>A chart without a point says so in a paragraph instead.</summary>
    private static Report WithoutEmptyCharts(Report report) => report with
    {
        Sections =
        [
            .. report.Sections.Select(section => section with
            {
                Text = [.. section.Text, .. section.Charts.Where(chart => chart.IsEmpty).Select(chart => $"{chart.Title}: nothing to draw yet.")],
                Charts = [.. section.Charts.Where(chart => !chart.IsEmpty)],
            }),
        ],
    };

    private static ChartDrawing[] Draw(Chart chart) =>
        [.. (chart.IsHalf ? [ChartLayout.Narrow] : new[] { ChartLayout.Wide, ChartLayout.Narrow }).Select(layout => ChartDrawing.Of(chart, layout))];

    private static JsonObject FramesOf(Chart chart, ChartDrawing[] drawings)
    {
        var frames = new JsonObject();
        if (!chart.IsHalf)
            frames[ChartLayout.Wide.Name] = ReportJson.Frame(drawings[0].Frame);
        frames[ChartLayout.Narrow.Name] = ReportJson.Frame(drawings[^1].Frame);
        return frames;
    }

    private static Markup Header(Report report) => new(
        "header",
        new Markup("h1", report.Title),
        new Markup("p", ("class", "subtitle"), report.Subtitle),
        report.Figures.Count == 0 ? null : new Markup("dl", ("class", report.Figures.Count is 2 or 4 ? "figures even" : "figures"), report.Figures.Select(figure => new Markup(
            "div",
            new Markup("dt", figure.Label),
            new Markup("dd", Value(figure.Value), figure.Note.Length == 0 ? null : new Markup("small", figure.Note))))),
        report.Sections.Count < 3 ? null : new Markup("nav", ("aria-label", "Contents"), new Markup("ul", report.Sections.Select(section =>
            new Markup("li", new Markup("a", ("href", $"#{section.Id}"), section.Title))))));

    private static Markup Value(ReportCell cell) => new("span", ValueAttribute(cell), cell.Text);

    private static object? ValueAttribute(ReportCell cell) => cell.Value is { } value && double.IsFinite(value) ? ("data-value", ReportNumber.Exact(value)) : null;

    private static Markup Section(ReportSection section, Dictionary<string, ChartDrawing[]> drawings) => new(
        "section",
        ("id", section.Id),
        new Markup("h2", section.Title),
        section.Text.Select(paragraph => new Markup("p", paragraph)),
        section.Charts.Count == 0 ? null : new Markup("div", ("class", "charts"), section.Charts.Select(chart => ReportFigure.Of(chart, drawings[chart.Id]))),
        section.Tables.Select(ReportTables.Of),
        section.Notes.Count == 0 ? null : new Markup("ul", ("class", "notes"), section.Notes.Select(note => new Markup("li", note))),
        section.Quotes.Select(quote => new Markup("blockquote", quote)));
}
