using System.Globalization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Fits a law to a table: checks, holds out, estimates, bootstraps, predicts, warns.</summary>
public static class LawFitting
{
    /// <summary>Points beyond the parameters that say something of the noise.</summary>
    private const int FewFreedoms = 3;

    /// <exception cref="InputException">The rows cannot be used: says which and why.</exception>
    public static LawFit Fit(ScalingLaw law, LawData data, FitOptions options, CancellationToken cancellation = default) =>
        Fit(law, data, data.Select([]), options, cancellation);

    /// <param name="law">To fit.</param>
    /// <param name="data">To fit it to.</param>
    /// <param name="apart">Rows that are not fitted but predicted, beside those that the options hold out.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Between starts and bootstrap fits.</param>
    /// <exception cref="InputException">The rows cannot be used: says which and why.</exception>
    public static LawFit Fit(ScalingLaw law, LawData data, LawData apart, FitOptions options, CancellationToken cancellation)
    {
        LawDataChecks.RequireUsable(law, data);
        data = law.Prepare(data);
        (LawData fitted, LawData heldOut) = HoldOut(law, data, options.HoldOut);
        if (apart.Count > 0)
        {
            if (heldOut.Count > 0)
                throw new InputException("--hold-out and --hold-out-where both say what is held out: give one of them.");
            heldOut = apart;
            LawDataChecks.RequireUsable(law, heldOut);
        }

        LawDataChecks.RequireVaried(law, fitted, options);
        LawEstimate estimate = law.Estimate(fitted, options, near: null, cancellation);
        var warnings = new List<string>(LawDataChecks.Rises(law, fitted));
        warnings.AddRange(estimate.Warnings);

        LawPoint[] held = [.. Enumerable.Range(0, heldOut.Count).Select(heldOut.Point)];
        LawPoint[] points = [.. options.Predict, .. held];
        double[] predicted = [.. points.Select(point => law.Predict(estimate.Parameters, point))];
        foreach (LawPoint point in options.Predict)
            warnings.AddRange(LawDataChecks.FarFrom(law, fitted, point));

        string[] names = [.. estimate.Parameters.Keys];
        int count = options.Bootstraps ?? law.UsualBootstraps;
        int[] rows = [.. estimate.FittedRows ?? [.. Enumerable.Range(0, fitted.Count)]];
        Resampling resampling = ResamplingOf(law, options, rows.Length, estimate.FittedParameters);
        options = options with { Resampling = resampling };
        IReadOnlyList<double[]> fits = count == 0 || estimate.FittedParameters == 0 || rows.Length <= estimate.FittedParameters
            ? []
            : Bootstrap.Run(
                law,
                fitted,
                estimate,
                count,
                options,
                again => [.. again.Parameters.Values, .. again.Findings.Select(finding => finding.Value), .. points.Select(point => law.Predict(again.Parameters, point))],
                cancellation);
        int freedom = Math.Max(1, rows.Length - estimate.FittedParameters);
        if (fits.Count > 0 && freedom < FewFreedoms)
            warnings.Add($"The intervals rest on {freedom} {(freedom == 1 ? "point" : "points")} more than parameters: take them for too narrow.");
        double tail = Bootstrap.TailOf(options.Confidence, resampling, freedom);
        Interval? IntervalOf(int figure) => Bootstrap.IntervalOf(fits, figure, tail);
        if (fits.Count > 0 && fits.Count < count)
            warnings.Add($"{count - fits.Count} of {count} bootstrap samples could not be fitted.");

        int findingsFrom = names.Length, pointsFrom = findingsFrom + estimate.Findings.Count;
        var intervals = new Dictionary<string, Interval>();
        for (int i = 0; i < names.Length; i++)
        {
            if (IntervalOf(i) is not { } interval || interval.Low == interval.High)
                continue;
            intervals[names[i]] = interval;
            if (!interval.Contains(estimate.Parameters[names[i]]))
                warnings.Add($"The interval of {names[i]} does not hold its value: the noise is not the same everywhere, or the fits fall into another minimum. --resample {(resampling == Resampling.Rows ? "residuals" : "rows")} may fare better.");
        }

        return new LawFit
        {
            Law = law,
            Points = rows.Length,
            Estimate = estimate,
            RSquared = RSquared([.. rows.Select(row => fitted.Target[row])], [.. rows.Select(row => estimate.Fitted[row])]),
            Residuals = [.. rows.Select(row => new LawResidual(fitted.Rows[row], fitted.Target[row], estimate.Fitted[row]) { At = fitted.Point(row).Numbers, Words = fitted.WordsOf(row) })],
            Intervals = intervals,
            Resampling = resampling,
            Bootstraps = fits.Count,
            Findings = [.. estimate.Findings.Select((finding, i) => finding with { Interval = IntervalOf(findingsFrom + i) })],
            Predictions = [.. options.Predict.Select((point, i) => new LawPrediction(point.Numbers, predicted[i], IntervalOf(pointsFrom + i)) { Curve = point.Curve })],
            HeldOut = [.. held.Select((point, i) => new HeldOutRow(point.Name, heldOut.Target[i], predicted[options.Predict.Count + i], IntervalOf(pointsFrom + options.Predict.Count + i)))],
            Curves = held.Length > 0
                ? CurveScore.Of(heldOut, predicted[options.Predict.Count..])
                : CurveScore.Of(fitted, estimate.Fitted),
            Warnings = warnings,
        };
    }

    private static Resampling ResamplingOf(ScalingLaw law, FitOptions options, int points, int parameters)
    {
        if (law.TakesDrawnRows)
            return options.Resampling ?? Bootstrap.UsualResampling(points, parameters);
        return options.Resampling == Resampling.Rows
            ? throw new InputException($"--resample was given rows; the law {law.Name} takes residuals: its rows belong together in groups.")
            : Resampling.Residuals;
    }

    /// <summary>1 less the residual sum of squares over that around the mean.</summary>
    public static double RSquared(IReadOnlyList<double> measured, IReadOnlyList<double> fitted)
    {
        double mean = measured.Average();
        double left = 0, all = 0;
        for (int i = 0; i < measured.Count; i++)
        {
            left += (measured[i] - fitted[i]) * (measured[i] - fitted[i]);
            all += (measured[i] - mean) * (measured[i] - mean);
        }

        return all > 0 ? 1 - (left / all) : double.NaN;
    }

    /// <summary>The rows to fit, and so many of the largest scale: the product of what should lower the loss.</summary>
    private static (LawData Fitted, LawData HeldOut) HoldOut(ScalingLaw law, LawData data, int count)
    {
        if (count == 0)
            return (data, data.Select([]));
        LawVariable[] scales = [.. law.Variables.Where(variable => variable.Helps && data.Has(variable.Name))];
        if (scales.Length == 0)
            throw new InputException($"--hold-out was given {count}; the law {law.Name} has no scale by which rows would be the largest.");
        if (count >= data.Count)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"--hold-out was given {count}; it takes fewer than the {data.Count} rows there are."));
        double ScaleOf(int row) => scales.Sum(scale => Math.Log(data.Numbers(scale.Name)[row]));
        int[] bySize = [.. Enumerable.Range(0, data.Count).OrderBy(ScaleOf)];
        return (data.Select([.. bySize[..^count].Order()]), data.Select([.. bySize[^count..].Order()]));
    }
}
