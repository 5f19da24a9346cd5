using System.Globalization;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Ilgpu.Pretrain.Reporting;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>A rendered page, taken apart.</summary>
internal sealed class ReportPages
{
    public static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public ReportPages(Report report)
        : this(ReportPage.Render(report))
    {
    }

    public ReportPages(string html)
    {
        Html = html;
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        Document = XDocument.Load(reader);
        Data = JsonDocument.Parse(Document.Descendants("script").Single(script => (string?)script.Attribute("id") == "data").Value).RootElement;
    }

    public string Html { get; }

    public XDocument Document { get; }

    public JsonElement Data { get; }

    public IEnumerable<XElement> Figures => Document.Descendants("figure");

    /// <summary>Every chart drawn in every size has the marks and lines of its numbers at their places; every cell its number.</summary>
    public void RequireNumbersEqualToJson()
    {
        Assert.Equal(Data.GetProperty("charts").EnumerateObject().Select(chart => chart.Name).Order(), Figures.Select(figure => (string)figure.Attribute("data-chart")!).Order());
        foreach (XElement figure in Figures)
        {
            JsonElement chart = Data.GetProperty("charts").GetProperty((string)figure.Attribute("data-chart")!);
            foreach (XElement svg in figure.Element("div")!.Elements(Svg + "svg"))
                RequireDrawn(svg, chart, chart.GetProperty("frames").GetProperty((string)svg.Attribute("class")!));
        }

        foreach (JsonProperty table in Data.GetProperty("tables").EnumerateObject())
            RequireSameCells(Document.Descendants("table").Single(each => (string?)each.Attribute("id") == table.Name), table.Value);
    }

    private static void RequireDrawn(XElement svg, JsonElement chart, JsonElement frame)
    {
        Assert.False(string.IsNullOrWhiteSpace((string?)svg.Element(Svg + "title")));
        Assert.False(string.IsNullOrWhiteSpace((string?)svg.Element(Svg + "desc")));
        (double X, double Y)[] expected =
        [
            .. chart.GetProperty("series").EnumerateArray().SelectMany(series => series.GetProperty("points").EnumerateArray())
                .Where(point => Takes(frame.GetProperty("x"), point[0]) && Takes(frame.GetProperty("y"), point[1]))
                .Select(point => (Place(frame, "x", point[0].GetDouble()), Place(frame, "y", point[1].GetDouble()))),
        ];
        (double X, double Y)[] drawn =
        [
            .. svg.Descendants(Svg + "circle").Select(circle => (Number(circle, "cx"), Number(circle, "cy"))),
            .. svg.Descendants(Svg + "path").Where(path => ((string?)path.Attribute("class"))?.StartsWith("line", StringComparison.Ordinal) == true).SelectMany(path => Corners((string)path.Attribute("d")!)),
            .. svg.Descendants(Svg + "g").Where(group => ((string?)group.Attribute("class"))?.StartsWith("points", StringComparison.Ordinal) == true).SelectMany(group => group.Elements(Svg + "path")).Select(path => Centre([.. Corners((string)path.Attribute("d")!)])),
        ];
        Assert.NotEmpty(expected);
        var places = new HashSet<(int, int)>(drawn.SelectMany(Around));
        Assert.All(expected, point => Assert.Contains(((int)Math.Round(point.X), (int)Math.Round(point.Y)), places));
        Assert.All(drawn, point => Assert.True(double.IsFinite(point.X) && double.IsFinite(point.Y)));
    }

    private static void RequireSameCells(XElement table, JsonElement json)
    {
        XElement[] rows = [.. table.Element("tbody")!.Elements()];
        Assert.Equal(json.GetProperty("rows").GetArrayLength(), rows.Length);
        for (int r = 0; r < rows.Length; r++)
        {
            JsonElement[] expected = [.. json.GetProperty("rows")[r].EnumerateArray()];
            XElement[] cells = [.. rows[r].Elements()];
            Assert.Equal(expected.Length, cells.Length);
            for (int c = 0; c < cells.Length; c++)
            {
                if (expected[c].ValueKind == JsonValueKind.Number)
                    Assert.Equal(expected[c].GetDouble(), double.Parse((string)cells[c].Attribute("data-value")!, CultureInfo.InvariantCulture));
                else
                    Assert.Equal(expected[c].GetString(), cells[c].Value);
            }
        }
    }

    /// <summary>A triangle's centre of gravity is not the middle of its box, so that a pixel or two are allowed.</summary>
    private static IEnumerable<(int, int)> Around((double X, double Y) point)
    {
        for (int x = -2; x <= 2; x++)
        {
            for (int y = -2; y <= 2; y++)
                yield return ((int)Math.Round(point.X) + x, (int)Math.Round(point.Y) + y);
        }
    }

    private static (double X, double Y) Centre((double X, double Y)[] corners) =>
        ((corners.Min(corner => corner.X) + corners.Max(corner => corner.X)) / 2, (corners.Min(corner => corner.Y) + corners.Max(corner => corner.Y)) / 2);

    private static IEnumerable<(double X, double Y)> Corners(string path) =>
        path.TrimEnd('Z').Split(['M', 'L'], StringSplitOptions.RemoveEmptyEntries).Select(corner => corner.Split(' ')).Select(corner => (Parse(corner[0]), Parse(corner[1])));

    private static bool Takes(JsonElement scale, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && (scale.GetProperty("kind").GetString() != "log" || value.GetDouble() > 0);

    private static double Place(JsonElement frame, string axis, double value)
    {
        JsonElement scale = frame.GetProperty(axis);
        double low = scale.GetProperty("low").GetDouble(), high = scale.GetProperty("high").GetDouble();
        double share = scale.GetProperty("kind").GetString() == "log" ? Math.Log(value / low) / Math.Log(high / low) : (value - low) / (high - low);
        return axis == "x"
            ? frame.GetProperty("left").GetDouble() + (share * frame.GetProperty("plot_width").GetDouble())
            : frame.GetProperty("top").GetDouble() + ((1 - share) * frame.GetProperty("plot_height").GetDouble());
    }

    private static double Number(XElement element, string attribute) => Parse((string)element.Attribute(attribute)!);

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
