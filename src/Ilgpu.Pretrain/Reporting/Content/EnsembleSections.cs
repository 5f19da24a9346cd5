using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>The loss of an ensemble for every K, and the law through it.</summary>
internal static class EnsembleSections
{
    /// <summary>How far beyond its members the curves go, so that the asymptote is seen coming.</summary>
    private const double Beyond = 4;

    /// <param name="prefix">Of the ids.</param>
    /// <param name="title">The heading.</param>
    /// <param name="ensemble">What to show.</param>
    public static ReportSection Of(string prefix, string title, EnsembleLosses ensemble)
    {
        EnsembleScores scores = ensemble.Scores;
        double[] sizes = [.. Enumerable.Range(1, scores.LogitAverage.Count).Select(k => (double)k)];
        var notes = new List<string>();
        var series = new List<ChartSeries>
        {
            new("one member alone", -1, [.. scores.Members.Select((loss, member) => new ChartPoint(1, loss, $"member {member + 1}"))]) { Mark = ChartMark.Points },
        };
        var rules = new List<ChartRule>();
        var bands = new List<ChartBand>();
        var fits = new List<(string, LawFit)>();
        Draw("logits averaged", 0, scores.LogitAverage, hasBand: true);
        Draw("probabilities averaged", 1, scores.ProbabilityAverage, hasBand: false);
        return new ReportSection(prefix, title)
        {
            Notes = notes,
            Charts =
            [
                new Chart(
                    $"{prefix}-members",
                    "Validation loss of the first K members together",
                    new ChartAxis("members K", ScaleKind.Logarithmic) { Ticks = [.. Doublings(sizes.Length * Beyond)] },
                    new ChartAxis("validation loss, nats a token"),
                    series)
                {
                    Caption = rules.Count > 0
                        ? "Curves: A / K^α + E, least squares; dashed: what is left at K → ∞. Shaded: where curve and asymptote lie with 95% confidence, from a bootstrap."
                        : "",
                    Rules = rules,
                    Bands = bands,
                },
            ],
            Tables =
            [
                Losses(prefix, ensemble),
                .. fits.Count > 0 ? new[] { LawTables.Of($"{prefix}-law", "The law A / K^α + E", fits) } : [],
            ],
        };

        void Draw(string name, int colour, IReadOnlyList<double> losses, bool hasBand)
        {
            (LawCurve? curve, string why) = LawCurve.Fitted(LawVariable.Members, sizes, losses, sizes.Length * Beyond);
            if (curve is null)
            {
                if (hasBand)
                    notes.Add($"No law is fitted: {why}");
            }
            else
            {
                series.Add(new ChartSeries($"{name}: {LawCurve.Formula(curve.Fit.Estimate.Parameters, "K")}", colour, curve.Points) { IsCurve = true, IsInLegend = false });
                rules.AddRange(LawCurve.AsymptoteRule("K", curve.Asymptote, hasBand ? curve.AsymptoteInterval : null, losses, colour));
                if (hasBand && curve.Band.Count > 0)
                    bands.Add(new ChartBand("95% of the curve", colour, curve.Band));
                fits.Add((name, curve.Fit));
                notes.AddRange(curve.Fit.Warnings.Select(warning => $"{name}: {warning}"));
            }

            series.Add(new ChartSeries(name, colour, [.. sizes.Select((k, i) => new ChartPoint(k, losses[i]))]) { Mark = curve is null ? ChartMark.LineAndPoints : ChartMark.Points });
        }
    }

    internal static IEnumerable<double> Doublings(double to)
    {
        for (double value = 1; value <= to; value *= 2)
            yield return value;
    }

    private static ReportTable Losses(string prefix, EnsembleLosses ensemble)
    {
        EnsembleScores scores = ensemble.Scores;
        return new ReportTable(
            $"{prefix}-losses",
            "Losses in nats a token, on " + ReportCell.Count(scores.Tokens).Text + " validation tokens",
            ["K", "member", "alone", "logits", "bits per byte", "probabilities", "bits per byte"],
            [
                .. Enumerable.Range(0, scores.LogitAverage.Count).Select(k => (IReadOnlyList<ReportCell>)
                [
                    ReportCell.Count(k + 1),
                    ReportCell.Of(ensemble.Members[k]),
                    ReportCell.Loss(scores.Members[k]),
                    ReportCell.Loss(scores.LogitAverage[k]),
                    ReportCell.Loss(scores.BitsPerByte(scores.LogitAverage[k])),
                    ReportCell.Loss(scores.ProbabilityAverage[k]),
                    ReportCell.Loss(scores.BitsPerByte(scores.ProbabilityAverage[k])),
                ]),
            ]);
    }
}
