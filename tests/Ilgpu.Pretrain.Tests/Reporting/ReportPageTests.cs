using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Ilgpu.Pretrain.Reporting;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Pages of made-up charts and tables.</summary>
public sealed partial class ReportPageTests
{
    private const string Evil = "</script><script>alert(1)</script> <!-- & \"quoted\" 'text' ]]> \u0001 é \ud83d\ude00 \ud800";

    [Fact]
    public void A_page_is_well_formed_and_needs_nothing_from_elsewhere()
    {
        var page = new ReportPages(Everything());
        page.RequireNumbersEqualToJson();
        Assert.DoesNotMatch("(src|href)=\"(?!#)", page.Html);
        Assert.DoesNotContain("@import", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("url(h", page.Html, StringComparison.Ordinal);
        Assert.Equal(["http://www.w3.org/2000/svg"], Address().Matches(page.Html).Select(match => match.Value).Distinct());
        Assert.Contains("default-src 'none'", (string)page.Document.Descendants("meta").Single(meta => (string?)meta.Attribute("http-equiv") == "Content-Security-Policy").Attribute("content")!, StringComparison.Ordinal);
        string[] ids = [.. page.Document.Descendants().Select(element => (string?)element.Attribute("id")).Where(id => id is not null).Select(id => id!)];
        Assert.Equal(ids.Distinct().Count(), ids.Length);
        Assert.Equal(ReportPage.Render(Everything()), page.Html);
    }

    [Fact]
    public void Text_of_others_is_text_wherever_it_stands()
    {
        ChartSeries series = new(Evil, 0, [new ChartPoint(1, 2, Evil), new ChartPoint(2, 3, Evil)]) { Mark = ChartMark.LineAndPoints };
        var page = new ReportPages(new Report(Evil, Evil, [new KeyFigure(Evil, ReportCell.Of(Evil), Evil)],
        [
            new ReportSection("a", Evil)
            {
                Text = [Evil],
                Quotes = [Evil],
                Notes = [Evil],
                Charts = [new Chart("c", Evil, new ChartAxis(Evil, ScaleKind.Ordinal) { Categories = [Evil, Evil, Evil, Evil] }, new ChartAxis(Evil), [series]) { Caption = Evil, Rules = [new ChartRule(Evil, 2.5, 1)] }],
                Tables = [new ReportTable("t", Evil, [Evil], [[ReportCell.Of(Evil)]])],
            },
        ])
        { Footer = Evil });
        page.RequireNumbersEqualToJson();
        Assert.Equal(2, page.Document.Descendants("script").Count());
        Assert.DoesNotContain("alert(1)</script>", page.Html, StringComparison.Ordinal);
        Assert.Equal(Markup.Escape(Evil).Replace("\ufffd", "?", StringComparison.Ordinal), Markup.Escape(page.Document.Descendants("blockquote").Single().Value).Replace("\ufffd", "?", StringComparison.Ordinal));
        Assert.StartsWith("</script><script>alert(1)</script> <!-- & \"quoted\" 'text' ]]>", page.Data.GetProperty("title").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_at_the_right_edge_do_not_overlap_and_stay_inside()
    {
        ChartSeries[] series = [.. Enumerable.Range(0, 8).Select(i => new ChartSeries($"a run with a rather long name {i}", i, [new ChartPoint(0, 7), new ChartPoint(100, 4 + (i * .001))]))];
        var page = new ReportPages(PageOf(new Chart("c", "Loss", new ChartAxis("steps"), new ChartAxis("loss"), series) { Rules = [new ChartRule("asymptote 4.0000", 4, -1)] }));
        XElement wide = page.Document.Descendants(ReportPages.Svg + "svg").First(svg => (string?)svg.Attribute("class") == "wide");
        XElement[] labels = [.. wide.Descendants(ReportPages.Svg + "text").Where(text => ((string)text.Attribute("class")!).StartsWith("label", StringComparison.Ordinal))];
        Assert.Equal(9, labels.Length);
        double[] places = [.. labels.Select(label => double.Parse((string)label.Attribute("y")!, CultureInfo.InvariantCulture)).Order()];
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 16.9, $"{pair}"));
        Assert.InRange(places[^1], 0, 400);
        Assert.All(labels, label => Assert.True(double.Parse((string)label.Attribute("x")!, CultureInfo.InvariantCulture) + TextWidth.OfBold(label.Value, 13) <= 760.5, label.Value));
    }

    [Fact]
    public void What_is_not_a_number_is_a_gap_and_what_has_no_logarithm_is_left_out()
    {
        ChartSeries series = new("loss", 0, [new(0, 5), new(1, 4), new(2, double.NaN), new(3, double.PositiveInfinity), new(4, 3), new(5, 0), new(6, 2)]);
        var page = new ReportPages(PageOf(new Chart("c", "Loss", new ChartAxis("steps"), new ChartAxis("loss", ScaleKind.Logarithmic), [series])));
        string path = (string)page.Document.Descendants(ReportPages.Svg + "path").First(each => (string?)each.Attribute("class") == "line c0").Attribute("d")!;
        Assert.Equal(3, path.Count(letter => letter == 'M'));
        page.RequireNumbersEqualToJson();
        Assert.Equal(System.Text.Json.JsonValueKind.Null, page.Data.GetProperty("charts").GetProperty("c").GetProperty("series")[0].GetProperty("points")[2][1].ValueKind);
    }

    [Fact]
    public void A_chart_without_points_is_told_instead_of_drawn()
    {
        var page = new ReportPages(PageOf(new Chart("c", "Validation", new ChartAxis("steps"), new ChartAxis("loss"), [new ChartSeries("loss", 0, [new ChartPoint(1, double.NaN)])])));
        Assert.Empty(page.Figures);
        Assert.Contains("Validation: nothing to draw yet.", page.Document.Descendants("p").Select(paragraph => paragraph.Value));
    }

    [Theory]
    [InlineData(3.0)]
    [InlineData(0.0)]
    [InlineData(-1e-12)]
    [InlineData(1e300)]
    public void One_point_alone_is_drawn(double value)
    {
        foreach (ScaleKind kind in new[] { ScaleKind.Linear, ScaleKind.Logarithmic })
        {
            var chart = new Chart("c", "One", new ChartAxis("x"), new ChartAxis("y", kind), [new ChartSeries("one", 3, [new ChartPoint(5, value)]) { Mark = ChartMark.LineAndPoints }]);
            if (!chart.IsEmpty)
                new ReportPages(PageOf(chart)).RequireNumbersEqualToJson();
        }
    }

    /// <summary>Every kind of axis, mark and extra, in one report.</summary>
    internal static Report Everything() => new("Everything", "All that a chart can have.", [new KeyFigure("loss", ReportCell.Loss(3.25), "nats")],
    [
        new ReportSection("curves", "Curves")
        {
            Text = ["Two curves."],
            Charts =
            [
                new Chart("lines", "Loss", new ChartAxis("steps") { Includes = [0] }, new ChartAxis("loss"),
                [
                    new ChartSeries("training", 0, [.. Enumerable.Range(1, 60).Select(step => new ChartPoint(step * 10, 3 + (4.0 / step) + (.1 * Math.Sin(step))))]) { IsFaint = true },
                    new ChartSeries("validation", 1, [.. Enumerable.Range(1, 12).Select(step => new ChartPoint(step * 50, 3.3 + (2.0 / step)))]) { Mark = ChartMark.LineAndPoints },
                ]) { Rules = [new ChartRule("epoch 1", 200, -1) { IsUpright = true, IsQuiet = true }] },
                new Chart("half", "Learning rate", new ChartAxis("steps"), new ChartAxis("rate"), [new ChartSeries("rate", 0, [new ChartPoint(0, 0), new ChartPoint(10, .003), new ChartPoint(600, 0)])]) { IsHalf = true },
                new Chart("ordinal", "Grid", new ChartAxis("decay", ScaleKind.Ordinal) { Categories = ["0", "0.1", "0.8"] }, new ChartAxis("margin") { Includes = [0] }, [new ChartSeries("margin", 4, [new ChartPoint(0, 2.5), new ChartPoint(1, 0), new ChartPoint(2, 8, "a neighbour")]) { Mark = ChartMark.Points, HasStems = true }]) { IsHalf = true },
            ],
        },
        new ReportSection("laws", "Laws")
        {
            Charts =
            [
                new Chart("law", "L(D)", new ChartAxis("tokens", ScaleKind.Logarithmic) { Style = NumberStyle.Count }, new ChartAxis("loss"),
                [
                    new ChartSeries("law", 2, [.. Enumerable.Range(0, 33).Select(i => new ChartPoint(1e8 * Math.Pow(2, i / 8.0), 3 + Math.Pow(2, -i / 16.0)))]) { IsCurve = true, IsInLegend = false, IsDashed = true },
                    new ChartSeries("standard", 2, [.. Enumerable.Range(0, 4).Select(i => new ChartPoint(1e8 * Math.Pow(2, i), 3 + Math.Pow(2, -i / 2.0)))]) { Mark = ChartMark.Points },
                    new ChartSeries("better", 6, [new ChartPoint(1e8, 3.5)]) { Mark = ChartMark.Points },
                ])
                {
                    Bands = [new ChartBand("95%", 2, [new(1e8, 3.9, 4.1), new(1.6e9, 3.2, 3.3)])],
                    Rules = [new ChartRule("E = 3.0000", 3, 2) { Interval = new Interval(2.9, 3.1) }],
                    Bridges = [new ChartBridge("4.00× the data", 3.5, 1e8, 4e8, 6)],
                },
            ],
            Tables =
            [
                new ReportTable("numbers", "Numbers", ["name", "value"], [[ReportCell.Of("a"), ReportCell.Of(.1)], [ReportCell.Of("b"), ReportCell.Of(double.NaN)], [ReportCell.Of("c"), ReportCell.Nothing]]) { Highlighted = 0 },
                new ReportTable("folded", "Folded", ["n"], [[ReportCell.Count(12_345)]]) { IsFolded = true },
            ],
            Notes = ["A note."],
        },
        new ReportSection("text", "Text") { Quotes = ["Once upon a time."] },
    ])
    { Footer = "Written by a test." };

    private static Report PageOf(Chart chart) => new("Title", "", [], [new ReportSection("s", "Section") { Charts = [chart] }]);

    [GeneratedRegex("https?://[^\"' <)]*")]
    private static partial Regex Address();
}
