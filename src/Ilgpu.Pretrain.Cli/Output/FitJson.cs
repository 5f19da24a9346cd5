using Ilgpu.Pretrain.Cli.Verbs;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A fit as JSON. What has no value, as an efficiency that no amount of data reaches, is left out.</summary>
internal static class FitJson
{
    public static void Print(LawFit fit, FitOptions options, FitInput input) => JsonOutput.Print(new
    {
        law = fit.Law.Name,
        fit.Law.Form,
        fit.Points,
        objective = Number(fit.Estimate.Objective),
        objective_is = fit.Estimate.Criterion.ToString(),
        r2 = Number(fit.RSquared),
        parameters = Numbers(fit.Estimate.Parameters),
        intervals = fit.Intervals.ToDictionary(each => each.Key, each => Pair(each.Value)),
        confidence = options.Confidence,
        fit.Bootstraps,
        fit.Resampling,
        minima = fit.Estimate.Minima.Select(minimum => new { minimum.Objective, minimum.Starts, parameters = Numbers(minimum.Parameters) }),
        fit.Estimate.Starts,
        starts_at_optimum = fit.Estimate.Minima.Count > 0 ? fit.Estimate.Minima[0].Starts : 0,
        findings = fit.Findings.Select(finding => new { finding.What, finding.At, value = Number(finding.Value), interval = Pair(finding.Interval) }),
        predictions = fit.Predictions.Select(prediction => new { prediction.At, prediction.Curve, value = Number(prediction.Value), interval = Pair(prediction.Interval) }),
        held_out = fit.HeldOut.Select(row => new { row.Row, row.Measured, predicted = Number(row.Predicted), relative_error = Number(row.RelativeError), interval = Pair(row.Interval) }),
        curves = fit.Curves.Count == 0 ? null : fit.Curves,
        residuals = fit.Residuals.Select(row => new { row.Row, row.Measured, row.Fitted, row.At, words = row.Words.Count > 0 ? row.Words : null }),
        fit.Warnings,
        diverged = new { rows = input.Diverged, left_out = input.LeftOutDiverged },
        dropped_highest = input.Highest,
    });

    /// <summary>Infinities and NaN have no JSON.</summary>
    public static double? Number(double value) => double.IsFinite(value) ? value : null;

    private static Dictionary<string, double?> Numbers(IReadOnlyDictionary<string, double> values) => values.ToDictionary(each => each.Key, each => Number(each.Value));

    private static double?[]? Pair(Interval? interval) => interval is { } ends ? [Number(ends.Low), Number(ends.High)] : null;
}
