using System.Globalization;
using System.Text;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Draws a chart as SVG. Colours and strokes are the page's, by classes.</summary>
internal sealed class ChartDrawing
{
    public const double FontSize = 13;
    private const double LineHeight = 17;
    private const double RoomForTitleOfY = 26;
    private const double RoomBelow = 46;
    private const double RoomRight = 14;
    private const double GapToLabels = 14;
    private const double WidestLabel = 190;
    private const int MostEndLabels = 12;
    private const double PixelsPerTick = 38;
    private const double PixelsPerLabel = 60;

    /// <summary>A series has its name at the right edge, where it ends within so much of the plot's width from there.</summary>
    private const double NearRightEdge = .94;

    public const string SvgNamespace = "http://www.w3.org/2000/svg";

    private readonly Chart chart;
    private readonly ChartLayout layout;
    private readonly List<EndLabel> endLabels;
    private readonly IReadOnlyList<Tick> ticksX;
    private readonly IReadOnlyList<Tick> ticksY;

    private ChartDrawing(Chart chart, ChartLayout layout)
    {
        this.chart = chart;
        this.layout = layout;
        Scale x = ScaleX(chart), y = ScaleY(chart);
        double height = layout.Height - RoomForTitleOfY - RoomBelow;
        ticksY = Ticks.For(chart.Y, y, (int)(height / PixelsPerTick));
        double left = Math.Ceiling(ticksY.Select(tick => TextWidth.Of(tick.Label, FontSize)).DefaultIfEmpty(0).Max()) + 10;
        IsLabelled = layout.HasEndLabels && EndAtTheRight(chart, x);
        endLabels = layout.HasEndLabels ? EndLabelsOf(chart, IsLabelled) : [];
        double right = endLabels.Count == 0 ? RoomRight : GapToLabels + endLabels.Max(label => TextWidth.OfBold(label.Text, FontSize)) + 2;
        double width = layout.Width - left - right;
        Frame = new ChartFrame(layout.Width, layout.Height, left, RoomForTitleOfY, width, height, x, y);
        ticksX = Ticks.For(chart.X, x, (int)(width / PixelsPerLabel));
    }

    public ChartFrame Frame { get; }

    /// <summary>Whether the names of the series stand at the right edge, so that no legend is needed.</summary>
    public bool IsLabelled { get; }

    public static ChartDrawing Of(Chart chart, ChartLayout layout) => new(chart, layout);

    /// <summary>The drawing; its title and description are those of the chart.</summary>
    public Markup ToSvg()
    {
        string id = $"{chart.Id}-{layout.Name}";
        var marks = new Markup("g", ("clip-path", $"url(#{id}-clip)"));
        marks.Add(chart.Bands.Select(DrawBand));
        marks.Add(chart.Rules.Select(DrawRuleInterval), chart.Rules.Select(DrawRule));
        marks.Add(chart.Series.Where(series => series.Mark != ChartMark.Points).OrderBy(series => series.IsFaint ? 0 : 1).Select(DrawLine));
        return new Markup(
            "svg",
            ("xmlns", SvgNamespace),
            ("class", layout.Name),
            ("viewBox", $"0 0 {Px(layout.Width)} {Px(layout.Height)}"),
            ("role", "img"),
            ("aria-labelledby", $"{id}-title {id}-desc"),
            new Markup("title", ("id", $"{id}-title"), chart.Title),
            new Markup("desc", ("id", $"{id}-desc"), DescriptionOf(chart)),
            new Markup("defs", new Markup("clipPath", ("id", $"{id}-clip"), Rectangle(Frame.Left, Frame.Top - 6, Frame.PlotWidth + 1, Frame.PlotHeight + 6))),
            DrawAxes(),
            marks,
            chart.Series.Where(series => series.Mark != ChartMark.Line).Select(DrawPoints),
            chart.Bridges.Count == 0 ? null : ChartBridges.Draw(chart, Frame, FontSize),
            DrawEndLabels());
    }

    /// <summary>The text of a chart for those who do not see it.</summary>
    private static string DescriptionOf(Chart chart) =>
        string.Join(' ', new[]
        {
            chart.Caption,
            $"{chart.Y.Label} over {chart.X.Label}{(chart.X.Kind == ScaleKind.Logarithmic ? ", logarithmic" : "")}.",
            $"{string.Join("; ", chart.Series.Where(series => series.IsInLegend).Select(series => series.Name).Concat(LabelledRules(chart).Select(rule => rule.Label)))}.",
        }.Where(text => text.Length > 0));

    private static Scale ScaleX(Chart chart)
    {
        bool hasPoints = chart.Series.Any(series => series.Mark != ChartMark.Line && !series.IsCurve) || chart.X.Kind == ScaleKind.Logarithmic;
        return Scale.Over(
            chart.X,
            chart.Series.SelectMany(series => series.Points).Where(chart.IsDrawn).Select(point => point.X)
                .Concat(chart.Bridges.SelectMany(bridge => new[] { bridge.FromX, bridge.ToX }))
                .Concat(chart.Rules.Where(rule => rule.IsUpright).Select(rule => rule.Value)),
            isTight: !hasPoints);
    }

    private static Scale ScaleY(Chart chart) => Scale.Over(
        chart.Y,
        chart.Series.SelectMany(series => series.Points).Where(chart.IsDrawn).Select(point => point.Y)
            .Concat(chart.Bridges.Select(bridge => bridge.Y))
            .Concat(chart.Rules.Where(rule => !rule.IsUpright).Select(rule => rule.Value)));

    private static bool EndAtTheRight(Chart chart, Scale x)
    {
        ChartSeries[] named = [.. Named(chart)];
        return named.Length + LabelledRules(chart).Count() is > 1 and <= MostEndLabels
            && named.All(series => series.Points.Any(chart.IsDrawn) && x.Place(series.Points.Where(chart.IsDrawn).Max(point => point.X)) >= NearRightEdge);
    }

    private static IEnumerable<ChartSeries> Named(Chart chart) => chart.Series.Where(series => series.IsInLegend);

    private static IEnumerable<ChartRule> LabelledRules(Chart chart) => chart.Rules.Where(rule => !rule.IsUpright && !rule.IsQuiet);

    private static List<EndLabel> EndLabelsOf(Chart chart, bool hasSeries) =>
    [
        .. Named(chart).Where(_ => hasSeries).Select(series => new EndLabel(
            TextWidth.Cut(series.Name, FontSize, WidestLabel),
            series.Colour,
            series.Points.Where(chart.IsDrawn).MaxBy(point => point.X).Y)),
        .. LabelledRules(chart).Take(MostEndLabels).Select(rule => new EndLabel(TextWidth.Cut(rule.Label, FontSize, WidestLabel), rule.Colour, rule.Value)),
    ];

    private Markup DrawAxes()
    {
        var axes = new Markup("g", ("class", "axes"));
        foreach (Tick tick in ticksY.Where(tick => tick.Label.Length > 0))
        {
            axes.Add(Line("grid", Frame.Left, Frame.AtY(tick.Value), Frame.Right, Frame.AtY(tick.Value)));
            axes.Add(Text("tick end", Frame.Left - 8, Frame.AtY(tick.Value) + 4.5, tick.Label));
        }

        axes.Add(Line("base", Frame.Left, Frame.Bottom, Frame.Right, Frame.Bottom));
        double free = double.NegativeInfinity;
        foreach (Tick tick in ticksX)
        {
            double x = Frame.AtX(tick.Value);
            axes.Add(Line("base", x, Frame.Bottom, x, Frame.Bottom + (tick.Label.Length > 0 ? 5 : 3)));
            string label = chart.X.Kind == ScaleKind.Ordinal ? TextWidth.Cut(tick.Label, FontSize, (Frame.PlotWidth / ticksX.Count) - 4) : tick.Label;
            double half = TextWidth.Of(label, FontSize) / 2;
            double centre = Math.Clamp(x, half, Math.Max(half, layout.Width - half));
            if (label.Length == 0 || centre - half < free)
                continue;
            free = centre + half + 8;
            axes.Add(Text("tick middle", centre, Frame.Bottom + 20, label));
        }

        axes.Add(Text("axis", 0, 13, TextWidth.Cut(chart.Y.Label, FontSize, layout.Width)));
        axes.Add(Text("axis end", Frame.Right, Frame.Bottom + 39, TextWidth.Cut(chart.X.Label, FontSize, layout.Width - 20)));
        return axes;
    }

    private Markup? DrawBand(ChartBand band)
    {
        ChartBandPoint[] points = [.. band.Points.Where(point => chart.X.Takes(point.X) && chart.Y.Takes(point.Low) && chart.Y.Takes(point.High))];
        if (points.Length < 2)
            return null;
        var path = new StringBuilder();
        foreach (ChartBandPoint point in points)
            Append(path, point.X, point.High);
        foreach (ChartBandPoint point in points.Reverse())
            Append(path, point.X, point.Low);
        return new Markup("path", ("class", $"band {ColourClass(band.Colour)}"), ("d", path.Append('Z').ToString()));
    }

    private Markup? DrawRuleInterval(ChartRule rule)
    {
        if (rule.Interval is not { } interval || rule.IsUpright || !chart.Y.Takes(interval.Low) || !chart.Y.Takes(interval.High))
            return null;
        double top = Math.Clamp(Frame.AtY(interval.High), Frame.Top, Frame.Bottom);
        double bottom = Math.Clamp(Frame.AtY(interval.Low), Frame.Top, Frame.Bottom);
        return Rectangle(Frame.Left, top, Frame.PlotWidth, bottom - top).Add(("class", $"band {ColourClass(rule.Colour)}"));
    }

    private Markup DrawRule(ChartRule rule)
    {
        string style = rule.IsQuiet ? "grid" : $"rule {ColourClass(rule.Colour)}";
        return rule.IsUpright
            ? Line(style, Frame.AtX(rule.Value), Frame.Top, Frame.AtX(rule.Value), Frame.Bottom)
            : Line(style, Frame.Left, Frame.AtY(rule.Value), Frame.Right, Frame.AtY(rule.Value));
    }

    private Markup? DrawLine(ChartSeries series)
    {
        var path = new StringBuilder();
        bool isGap = true;
        foreach (ChartPoint point in series.Points)
        {
            if (!chart.IsDrawn(point))
            {
                isGap = true;
                continue;
            }

            if (isGap)
                path.Append('M').Append(Px(Frame.AtX(point.X))).Append(' ').Append(Px(Frame.AtY(point.Y)));
            else
                Append(path, point.X, point.Y);
            isGap = false;
        }

        return path.Length == 0
            ? null
            : new Markup("path", ("class", $"line {ColourClass(series.Colour)}{(series.IsFaint ? " faint" : "")}{(series.IsDashed || series.Colour >= ChartMarks.Colours ? " dashed" : "")}"), ("d", path.ToString()));
    }

    private Markup DrawPoints(ChartSeries series) => new(
        "g",
        ("class", $"points {ColourClass(series.Colour)}{(series.IsFaint ? " faint" : "")}"),
        series.HasStems ? series.Points.Where(chart.IsDrawn).Select(point => Line("stem", Frame.AtX(point.X), Frame.AtY(0), Frame.AtX(point.X), Frame.AtY(point.Y))) : null,
        series.Points.Where(chart.IsDrawn).Select(point => ChartMarks.Draw(series.Colour, Frame.AtX(point.X), Frame.AtY(point.Y), layout.MarkSize)));

    private Markup? DrawEndLabels()
    {
        if (endLabels.Count == 0)
            return null;
        double[] places = LabelStack.Place([.. endLabels.Select(label => Frame.AtY(label.Value))], LineHeight, Frame.Top + 4, Frame.Bottom - 4);
        return new Markup("g", ("class", "labels"), endLabels.Select((label, i) => new[]
        {
            Math.Abs(places[i] - Frame.AtY(label.Value)) < LineHeight / 3 ? null : Line($"leader {ColourClass(label.Colour)}", Frame.Right + 1, Frame.AtY(label.Value), Frame.Right + GapToLabels - 2, places[i]),
            Text($"label {ColourClass(label.Colour)}", Frame.Right + GapToLabels, places[i] + 4.5, label.Text),
        }));
    }

    private void Append(StringBuilder path, double x, double y) =>
        path.Append(path.Length == 0 ? 'M' : 'L').Append(Px(Frame.AtX(x))).Append(' ').Append(Px(Frame.AtY(y)));

    /// <summary>One of eight; grey for a negative one.</summary>
    internal static string ColourClass(int colour) => colour < 0 ? "grey" : string.Create(CultureInfo.InvariantCulture, $"c{colour % ChartMarks.Colours}");

    internal static string Px(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    internal static Markup Text(string style, double x, double y, string text) => new("text", ("class", style), ("x", Px(x)), ("y", Px(y)), text);

    internal static Markup Line(string style, double x1, double y1, double x2, double y2) =>
        new("line", ("class", style), ("x1", Px(x1)), ("y1", Px(y1)), ("x2", Px(x2)), ("y2", Px(y2)));

    private static Markup Rectangle(double x, double y, double width, double height) =>
        new("rect", ("x", Px(x)), ("y", Px(y)), ("width", Px(width)), ("height", Px(height)));

    private sealed record EndLabel(string Text, int Colour, double Value);
}
