using System.Globalization;
using Ilgpu.Pretrain.Cli.Verbs;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A fit for people.</summary>
internal static class FitReport
{
    private const string Nothing = "-";
    private const int MostResiduals = 5;

    public static void Write(TextWriter words, LawFit fit, FitOptions options, FitInput input)
    {
        LawEstimate estimate = fit.Estimate;
        words.WriteLine($"{fit.Law.Name}: {fit.Law.Target.Name} = {fit.Law.Form}");
        words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fit.Points} points; objective {estimate.Objective:G8} ({estimate.Criterion}); R2 {fit.RSquared:0.00000}"));
        WriteParameters(words, fit, options);
        WriteMinima(words, estimate);
        WriteFindings(words, fit);
        foreach (LawPrediction prediction in fit.Predictions)
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(prediction.Curve is null ? "" : $"{prediction.Curve}, ")}{string.Join(", ", prediction.At.Select(pair => $"{pair.Key} = {pair.Value:G6}"))}: {prediction.Value:G6}{Brackets(prediction.Interval)}"));
        foreach (HeldOutRow row in fit.HeldOut.Take(fit.Curves.Count > 0 ? 0 : int.MaxValue))
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"held out {row.Row}: measured {row.Measured:G6}, predicted {row.Predicted:G6}{Brackets(row.Interval)}, {row.RelativeError:+0.000%;-0.000%;0.000%}"));
        foreach (CurveScore curve in fit.Curves)
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{curve.Curve}: R2 {curve.RSquared:0.0000}, MAE {curve.MeanAbsoluteError:0.00000}, RMSE {curve.RootMeanSquareError:0.00000}, mean and worst relative error {curve.MeanRelativeError:0.00000}, {curve.WorstRelativeError:0.00000}"));
        WriteResiduals(words, fit);
        if (input.Highest.Count > 0)
            words.WriteLine($"Left out for their losses: {string.Join(", ", input.Highest)}");
        if (input.Diverged.Count > 0)
            words.WriteLine($"Diverged{(input.LeftOutDiverged ? " and left out" : ", and in the fit; --drop-diverged leaves them out")}: {string.Join(", ", input.Diverged)}");
        foreach (string warning in fit.Warnings)
            words.WriteLine($"Warning: {warning}");
    }

    private static void WriteParameters(TextWriter words, LawFit fit, FitOptions options)
    {
        var table = new TextTable(("parameter", false), ("value", true), (string.Create(CultureInfo.InvariantCulture, $"{100 * options.Confidence:0.##}% interval"), false));
        foreach ((string name, double value) in fit.Estimate.Parameters)
            table.Add("  " + name, Text(value), fit.Intervals.TryGetValue(name, out Interval interval) ? $"{Text(interval.Low)} to {Text(interval.High)}" : Nothing);
        table.Write(words);
        if (fit.Bootstraps > 0)
            words.WriteLine($"  from {fit.Bootstraps} bootstrap fits, {fit.Resampling.ToString().ToLowerInvariant()} drawn anew, seed {options.Seed}");
    }

    private static void WriteMinima(TextWriter words, LawEstimate estimate)
    {
        if (estimate.Minima.Count == 0)
            return;
        words.WriteLine($"{estimate.Minima[0].Starts} of {estimate.Starts} starts reached the optimum{(estimate.Minima.Count > 1 ? "; other minima:" : ".")}");
        foreach (LawMinimum minimum in estimate.Minima.Skip(1))
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {minimum.Objective:G8} from {minimum.Starts} {(minimum.Starts == 1 ? "start" : "starts")}: {string.Join(", ", minimum.Parameters.Select(each => $"{each.Key} {each.Value:G4}"))}"));
    }

    private static void WriteFindings(TextWriter words, LawFit fit)
    {
        if (fit.Findings.Count == 0)
            return;
        string[] names = [.. fit.Findings.SelectMany(finding => finding.At.Keys).Distinct()];
        var table = new TextTable([("", false), .. names.Select(name => (name, false)), ("value", true), ("interval", false)]);
        foreach (LawFinding finding in fit.Findings)
            table.Add([finding.What, .. names.Select(name => finding.At.GetValueOrDefault(name, Nothing)), Text(finding.Value), finding.Interval is { } interval ? $"{Text(interval.Low)} to {Text(interval.High)}" : Nothing]);
        table.Write(words);
    }

    private static void WriteResiduals(TextWriter words, LawFit fit)
    {
        LawResidual[] largest = [.. fit.Residuals.OrderByDescending(row => Math.Abs(row.Fitted - row.Measured)).Take(MostResiduals)];
        words.WriteLine(fit.Residuals.Count > MostResiduals ? $"Largest residuals ({fit.Residuals.Count} with --json):" : "Residuals:");
        foreach (LawResidual row in largest)
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {row.Row}: measured {row.Measured:G6}, fitted {row.Fitted:G6}, {row.Measured - row.Fitted:+0.0000;-0.0000;0.0000}"));
    }

    private static string Text(double value) =>
        double.IsNaN(value) ? Nothing : double.IsInfinity(value) ? "infinite" : value.ToString("G6", CultureInfo.InvariantCulture);

    private static string Brackets(Interval? interval) => interval is { } ends ? $" ({Text(ends.Low)} to {Text(ends.High)})" : "";
}
