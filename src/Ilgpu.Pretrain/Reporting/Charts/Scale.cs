namespace Ilgpu.Pretrain.Reporting;

/// <summary>Puts the values of an axis between 0, its lower end, and 1.</summary>
/// <param name="Kind">How.</param>
/// <param name="Low">The value at 0.</param>
/// <param name="High">The value at 1; above <paramref name="Low"/>.</param>
public sealed record Scale(ScaleKind Kind, double Low, double High)
{
    private const double Margin = .05;

    /// <summary>The share of the axis that lies below a value.</summary>
    public double Place(double value) => Kind == ScaleKind.Logarithmic
        ? Math.Log(value / Low) / Math.Log(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>The scale that shows all values of an axis, with a little room at both ends.</summary>
    /// <param name="axis">Its kind decides, and what it includes.</param>
    /// <param name="values">Those that the axis does not take are left out.</param>
    /// <param name="isTight">Whether the ends are the outermost values themselves.</param>
    public static Scale Over(ChartAxis axis, IEnumerable<double> values, bool isTight = false)
    {
        if (axis.Kind == ScaleKind.Ordinal)
            return new Scale(axis.Kind, -.5, Math.Max(axis.Categories.Count, 1) - .5);
        double[] taken = [.. values.Concat(axis.Includes).Where(axis.Takes)];
        if (taken.Length == 0)
            return axis.Kind == ScaleKind.Logarithmic ? new Scale(axis.Kind, .1, 10) : new Scale(axis.Kind, 0, 1);
        double low = taken.Min(), high = taken.Max();
        return axis.Kind == ScaleKind.Logarithmic ? Logarithmic(low, high, isTight) : Linear(axis, low, high, isTight);
    }

    private static Scale Linear(ChartAxis axis, double low, double high, bool isTight)
    {
        // Values that are the same to the last digits would have ticks that are the same.
        double least = Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-9;
        if (high - low <= least)
        {
            double room = low == 0 ? 1 : Math.Abs(low) * Margin;
            return new Scale(ScaleKind.Linear, low - room, high + room);
        }

        double margin = isTight ? 0 : (high - low) * Margin;
        return new Scale(
            ScaleKind.Linear,
            axis.Includes.Contains(low) ? low : low - margin,
            axis.Includes.Contains(high) ? high : high + margin);
    }

    private static Scale Logarithmic(double low, double high, bool isTight)
    {
        double ratio = high / low;
        if (ratio - 1 <= 1e-9)
            return new Scale(ScaleKind.Logarithmic, low / 2, high * 2);
        double margin = isTight ? 1 : Math.Pow(ratio, Margin);
        return new Scale(ScaleKind.Logarithmic, low / margin, high * margin);
    }
}
