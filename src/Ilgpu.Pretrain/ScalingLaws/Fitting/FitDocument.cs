using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A fit as JSON, snake_case names. What has no value, as an efficiency that no amount of data reaches, is left out.</summary>
public static class FitDocument
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <param name="fit">What came out.</param>
    /// <param name="options">How it was fitted.</param>
    /// <param name="diverged">Rows of runs that diverged.</param>
    /// <param name="leftOutDiverged">Whether those were left out.</param>
    /// <param name="droppedHighest">Rows that were left out for their losses.</param>
    public static JsonNode Of(LawFit fit, FitOptions options, IReadOnlyList<string> diverged, bool leftOutDiverged, IReadOnlyList<string> droppedHighest) => JsonSerializer.SerializeToNode(
        new
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
            diverged = new { rows = diverged, left_out = leftOutDiverged },
            dropped_highest = droppedHighest,
        },
        Json)!;

    /// <summary>Infinities and NaN have no JSON.</summary>
    public static double? Number(double value) => double.IsFinite(value) ? value : null;

    private static Dictionary<string, double?> Numbers(IReadOnlyDictionary<string, double> values) => values.ToDictionary(each => each.Key, each => Number(each.Value));

    private static double?[]? Pair(Interval? interval) => interval is { } ends ? [Number(ends.Low), Number(ends.High)] : null;
}
