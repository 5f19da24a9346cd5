using System.Globalization;
using System.Xml.Linq;
using Ilgpu.Pretrain.Reporting;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Charts as files of their own.</summary>
public sealed class ChartFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_chart_is_a_file_that_needs_nothing_else()
    {
        Report everything = ReportPageTests.Everything();
        IReadOnlyList<string> files = ChartFile.WriteAll(Path.Combine(folder, "charts"), everything.Charts);
        Assert.Equal(everything.Charts.Select(chart => $"{chart.Id}.svg"), files.Select(file => Path.GetFileName(file)));
        foreach ((Chart chart, string file) in everything.Charts.Zip(files))
        {
            string text = File.ReadAllText(file);
            XElement svg = XDocument.Parse(text).Root!;
            Assert.Equal(ReportPages.Svg + "svg", svg.Name);
            Assert.DoesNotMatch("(src|href)=|@import|url\\((?!#)", text);
            Assert.Equal(chart.Title, svg.Elements(ReportPages.Svg + "text").Single().Value);
            XElement drawing = svg.Elements(ReportPages.Svg + "svg").Single();
            Assert.Equal(Number(svg, "height"), Number(drawing, "y") + Number(drawing, "height") + 14, .01);
            string[] drawn = [.. svg.Descendants(ReportPages.Svg + "text").Select(each => each.Value)];
            string[] named = [.. ChartLegend.ItemsOf(chart).Select(item => item.Name)];
            if (named.Length > 1)
                Assert.All(chart.Series.Where(series => series.IsInLegend), series => Assert.Contains(series.Name, drawn));
        }
    }

    [Fact]
    public void A_legend_that_is_wider_than_the_chart_goes_on_below_without_overlap()
    {
        ChartSeries[] series = [.. Enumerable.Range(0, 15).Select(i => new ChartSeries($"a rather long name of a series, the number {i}", i, [new ChartPoint(i, i), new ChartPoint(i + 1, i)]))];
        XElement svg = XDocument.Parse(ChartFile.Render(new Chart("c", "Many", new ChartAxis("x"), new ChartAxis("y"), series))).Root!;
        XElement[] names = [.. svg.Elements(ReportPages.Svg + "g").Single().Elements(ReportPages.Svg + "text")];
        Assert.Equal(series.Select(each => each.Name), names.Select(name => name.Value));
        Assert.All(names, name => Assert.True(Number(name, "x") + TextWidth.Of(name.Value, 13) <= Number(svg, "width")));
        (double X, double Y, double Width)[] places = [.. names.Select(name => (Number(name, "x"), Number(name, "y"), TextWidth.Of(name.Value, 13)))];
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.Second.Y >= pair.First.Y + 20 || (pair.Second.Y == pair.First.Y && pair.Second.X >= pair.First.X + pair.First.Width + 22)));
        Assert.True(Number(svg.Elements(ReportPages.Svg + "svg").Single(), "y") >= places[^1].Y);
    }

    [Fact]
    public void A_chart_without_a_point_has_no_file()
    {
        Assert.Empty(ChartFile.WriteAll(folder, [new Chart("c", "None", new ChartAxis("x"), new ChartAxis("y"), [new ChartSeries("none", 0, [])])]));
        Assert.Empty(Directory.GetFiles(folder));
    }

    private static double Number(XElement element, string attribute) => double.Parse((string)element.Attribute(attribute)!, CultureInfo.InvariantCulture);
}
