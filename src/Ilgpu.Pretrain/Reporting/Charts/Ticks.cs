namespace Ilgpu.Pretrain.Reporting;

/// <summary>Round values to mark an axis at.</summary>
public static class Ticks
{
    /// <summary>A logarithmic axis that spans less than this ratio has its ticks at equal steps, as a linear one.</summary>
    private const double FewestForLogarithmic = 4;

    /// <summary>Multiples of each power of ten that may carry labels, the densest first.</summary>
    private static readonly double[][] Multiples = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]];

    private static readonly double[] Steps = [1, 2, 5, 10];

    /// <summary>The ticks of an axis, ascending.</summary>
    /// <param name="axis">Its own ticks, where it names some.</param>
    /// <param name="scale">What it spans.</param>
    /// <param name="room">How many labels have room; 2 at least.</param>
    public static IReadOnlyList<Tick> For(ChartAxis axis, Scale scale, int room)
    {
        if (axis.Kind == ScaleKind.Ordinal)
            return [.. axis.Categories.Select((category, place) => new Tick(place, category))];
        if (axis.Ticks.Count > 0)
            return EachLabelled([.. axis.Ticks.Where(tick => tick >= scale.Low && tick <= scale.High).Order()], axis.Style);
        return scale.Kind == ScaleKind.Logarithmic && scale.High / scale.Low >= FewestForLogarithmic
            ? Logarithmic(scale, Math.Max(room, 2), axis.Style)
            : AlikeLabelled(Linear(scale.Low, scale.High, Math.Max(room, 2)), axis.Style);
    }

    /// <summary>Multiples of 1, 2 or 5 times a power of ten: as many as there is room for, at the smallest such step.</summary>
    public static double[] Linear(double low, double high, int room)
    {
        double least = (high - low) / room;
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        double step = power * Steps.First(multiple => (power * multiple) >= least * (1 - 1e-9));
        double first = Math.Ceiling((low / step) - 1e-6), last = Math.Floor((high / step) + 1e-6);
        var ticks = new double[(int)(last - first) + 1];
        for (int i = 0; i < ticks.Length; i++)
            ticks[i] = Times(first + i, step);
        return ticks;
    }

    private static List<Tick> Logarithmic(Scale scale, int room, NumberStyle style)
    {
        int from = (int)Math.Floor(Math.Log10(scale.Low)), to = (int)Math.Ceiling(Math.Log10(scale.High));
        double[] all = Within(scale, from, to, Multiples[0]);
        double[]? labelled = Multiples.Select(multiples => Within(scale, from, to, multiples)).FirstOrDefault(ticks => HaveRoom(scale, ticks, room));
        for (int decades = 2; labelled is null; decades++)
        {
            double[] powers = [.. Enumerable.Range(from, to - from + 1).Where(power => power % decades == 0).Select(Power).Where(value => value >= scale.Low && value <= scale.High)];
            labelled = powers.Length <= room ? powers : null;
        }

        // Minor ticks beyond a few decades would be a blur.
        IEnumerable<double> minor = to - from <= 6 ? all.Except(labelled) : [];
        return [.. EachLabelled(labelled, style).Concat(minor.Select(value => new Tick(value, ""))).OrderBy(tick => tick.Value)];
    }

    /// <summary>Labels are as far apart as that many at equal distances would be, and one at least is there.</summary>
    private static bool HaveRoom(Scale scale, double[] ticks, int room) =>
        ticks.Length > 0 && ticks.Zip(ticks.Skip(1)).All(pair => scale.Place(pair.Second) - scale.Place(pair.First) >= 1.0 / (room + 1));

    private static double[] Within(Scale scale, int from, int to, double[] multiples) =>
    [
        .. Enumerable.Range(from, to - from + 1)
            .SelectMany(power => multiples.Select(multiple => multiple * Power(power)))
            .Where(value => value >= scale.Low * (1 - 1e-9) && value <= scale.High * (1 + 1e-9)),
    ];

    private static List<Tick> EachLabelled(double[] values, NumberStyle style) =>
        [.. values.Select(value => new Tick(value, ReportNumber.Of(value, style)))];

    private static List<Tick> AlikeLabelled(double[] values, NumberStyle style)
    {
        IReadOnlyList<string> labels = ReportNumber.Alike(values, style);
        return [.. values.Select((value, i) => new Tick(value, labels[i]))];
    }

    private static double Power(int power) => double.Parse($"1e{power}", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A whole multiple of a round step as the number nearest to its decimal: 0.3, not 0.30000000000000004.</summary>
    private static double Times(double count, double step) =>
        double.Parse((count * step).ToString("G12", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
