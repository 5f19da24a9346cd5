namespace Ilgpu.Pretrain.Reporting;

/// <summary>The labelled arrows of a chart, each label where no other lies.</summary>
internal static class ChartBridges
{
    private const double Head = 5;

    /// <summary>Where a label may stand along its arrow, the best first; above it, then below.</summary>
    private static readonly double[] Along = [.5, .4, .3, .6, .2, .7, .1, .8, 0, .9];

    public static Markup Draw(Chart chart, ChartFrame frame, double fontSize)
    {
        var drawn = new Markup("g", ("class", "bridges"));
        List<(double Left, double Top, double Right, double Bottom)> taken =
        [
            .. chart.Series.Where(series => series.Mark != ChartMark.Line).SelectMany(series => series.Points).Where(chart.IsDrawn)
                .Select(point => (frame.AtX(point.X) - 6, frame.AtY(point.Y) - 6, frame.AtX(point.X) + 6, frame.AtY(point.Y) + 6)),
            .. chart.Series.Where(series => series.Mark != ChartMark.Points).SelectMany(series => series.Points).Where(chart.IsDrawn)
                .Select(point => (frame.AtX(point.X) - 4, frame.AtY(point.Y) - 3, frame.AtX(point.X) + 4, frame.AtY(point.Y) + 3)),
            .. chart.Bridges.Select(bridge => Box(frame, bridge)),
        ];
        foreach (ChartBridge bridge in chart.Bridges)
        {
            double from = frame.AtX(bridge.FromX), to = frame.AtX(bridge.ToX), y = frame.AtY(bridge.Y);
            string colour = ChartDrawing.ColourClass(bridge.Colour);
            double back = from < to ? -Head : Head;
            drawn.Add(ChartDrawing.Line($"bridge {colour}", from, y, to + back, y));
            drawn.Add(new Markup("path", ("class", $"head {colour}"), ("d", $"M{ChartDrawing.Px(to)} {ChartDrawing.Px(y)}l{ChartDrawing.Px(back * 1.6)} -{Head}v{2 * Head}Z")));
            double width = TextWidth.OfBold(bridge.Label, fontSize);
            (double x, double baseline) = Along
                .SelectMany(share => new[] { (X: from + (share * (to - from)), Y: y - 6), (X: from + (share * (to - from)), Y: y + fontSize + 3) })
                .Select(place => (X: Math.Clamp(place.X, frame.Left + (width / 2), frame.Right - (width / 2)), place.Y))
                .OrderBy(place => taken.Count(box => Overlaps(box, LabelBox(place.X, place.Y, width, fontSize))))
                .First();
            taken.Add(LabelBox(x, baseline, width, fontSize));
            drawn.Add(ChartDrawing.Text($"label middle halo {colour}", x, baseline, bridge.Label));
        }

        return drawn;
    }

    private static (double Left, double Top, double Right, double Bottom) Box(ChartFrame frame, ChartBridge bridge)
    {
        double from = frame.AtX(bridge.FromX), to = frame.AtX(bridge.ToX), y = frame.AtY(bridge.Y);
        return (Math.Min(from, to), y - 1, Math.Max(from, to), y + 1);
    }

    private static (double Left, double Top, double Right, double Bottom) LabelBox(double x, double baseline, double width, double fontSize) =>
        (x - (width / 2), baseline - (fontSize * .8), x + (width / 2), baseline + (fontSize * .2));

    private static bool Overlaps((double Left, double Top, double Right, double Bottom) a, (double Left, double Top, double Right, double Bottom) b) =>
        a.Left < b.Right && b.Left < a.Right && a.Top < b.Bottom && b.Top < a.Bottom;
}
