using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>The power law through measurements: <c>L = A / x^alpha + E</c>, as it is drawn.</summary>
/// <param name="Fit">What the fit says.</param>
/// <param name="Points">The curve.</param>
/// <param name="Band">Where it lies with the confidence of the fit; empty without a bootstrap.</param>
internal sealed record LawCurve(LawFit Fit, IReadOnlyList<ChartPoint> Points, IReadOnlyList<ChartBandPoint> Band)
{
    private const int Samples = 64;

    /// <summary>Below the lowest loss, in ranges of the losses.</summary>
    private const double FarthestAsymptote = 2;

    public double Asymptote => Fit.Estimate.Parameters["E"];

    public Interval? AsymptoteInterval => Fit.Intervals.TryGetValue("E", out Interval interval) ? interval : null;

    /// <summary>Fits the law; null, and why not, where there are too few measurements.</summary>
    /// <param name="over">K, N or D.</param>
    /// <param name="x">Positive.</param>
    /// <param name="losses">One an x.</param>
    /// <param name="to">How far the curve goes.</param>
    public static (LawCurve? Curve, string Why) Fitted(LawVariable over, IReadOnlyList<double> x, IReadOnlyList<double> losses, double to)
    {
        var law = new PowerLaw(over);
        var data = new LawData([.. x.Select(value => $"{over.Name} = {ReportNumber.Brief(value)}")], [.. losses], new Dictionary<string, double[]> { [over.Name] = [.. x] });
        try
        {
            // Twice: what is predicted to draw a curve would bring warnings of its own.
            LawFit fit = LawFitting.Fit(law, data, new FitOptions());
            double[] at = Grid(x, to);
            LawFit drawn = LawFitting.Fit(law, data, new FitOptions { Predict = [.. at.Select(value => new LawPoint("", new Dictionary<string, double> { [over.Name] = value }))] });
            return (new LawCurve(
                fit,
                [.. drawn.Predictions.Select((prediction, i) => new ChartPoint(at[i], prediction.Value))],
                [.. drawn.Predictions.Select((prediction, i) => (At: at[i], prediction.Interval)).Where(each => each.Interval is not null).Select(each => new ChartBandPoint(each.At, each.Interval!.Value.Low, each.Interval.Value.High))]), "");
        }
        catch (InputException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>The curve of parameters that are known.</summary>
    public static IReadOnlyList<ChartPoint> Sample(Func<double, double> law, IReadOnlyList<double> x, double to) =>
        [.. Grid(x, to).Select(value => new ChartPoint(value, law(value)))];

    /// <summary>The asymptote as a rule; none where it lies so far below the losses that they would be squeezed into one line.</summary>
    /// <param name="variable">What goes to infinity.</param>
    /// <param name="asymptote">The loss that is left.</param>
    /// <param name="interval">Of it, or null.</param>
    /// <param name="losses">The measured ones.</param>
    /// <param name="colour">Of the rule.</param>
    public static IReadOnlyList<ChartRule> AsymptoteRule(string variable, double asymptote, Interval? interval, IReadOnlyList<double> losses, int colour)
    {
        double low = losses.Min(), high = losses.Max();
        return low - asymptote <= FarthestAsymptote * Math.Max(high - low, 1e-3 * high)
            ? [new ChartRule($"{variable} → ∞: {ReportCell.Loss(asymptote).Text}", asymptote, colour) { Interval = interval }]
            : [];
    }

    /// <summary>For example <c>0.25 / K^1.02 + 3.34</c>.</summary>
    public static string Formula(IReadOnlyDictionary<string, double> parameters, string variable, string suffix = "") =>
        $"{Factor(Round(parameters["A" + suffix]))} / {variable}^{ReportNumber.Brief(Round(parameters["alpha" + suffix]))} + {ReportNumber.Brief(Math.Round(parameters["E" + suffix], 4))}";

    /// <summary>Equal ratios from the smallest x to the end, and the measured ones, so that a cursor there finds the curve.</summary>
    private static double[] Grid(IReadOnlyList<double> x, double to)
    {
        double from = x.Min();
        return [.. Enumerable.Range(0, Samples + 1).Select(i => from * Math.Pow(to / from, (double)i / Samples)).Concat(x).Where(value => value >= from && value <= to).Distinct().Order()];
    }

    private static string Factor(double value) => Math.Abs(value) >= 1e5 ? ReportNumber.Scientific(value) : ReportNumber.Brief(value);

    private static double Round(double value) => value == 0 || !double.IsFinite(value) ? value : double.Parse(value.ToString("G4", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
