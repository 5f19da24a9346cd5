using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// What finished runs say of scale: L(N) of models on the same tokens, L(D) of one model on more and more of them, and how
/// many times the data the standard recipe would need. Runs that go on from another or learn from a second text are not
/// of such a series.
/// </summary>
internal static class ScalingSections
{
    /// <summary>A law of three parameters takes as many points.</summary>
    private const int FewestSizes = 3;

    private const double Beyond = 3;
    private const int MostLaws = 6;

    /// <summary>Null where no three runs differ in what is scaled alone.</summary>
    /// <param name="prefix">Of the ids.</param>
    /// <param name="runs">Of any state; those that are finished count.</param>
    public static ReportSection? Of(string prefix, IReadOnlyList<RunSummary> runs)
    {
        Point[] points = [.. runs.Where(run => run is { Config: { Start: null, Mixed: null }, Result: { } result } && double.IsFinite(result.ValLoss)).Select(run => new Point(run))];
        var charts = new List<Chart>();
        var tables = new List<ReportTable>();
        var notes = new List<string>();
        foreach (IGrouping<string, Point> group in points.GroupBy(point => point.Data).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            foreach (IGrouping<long, Point> sizes in group.GroupBy(point => point.Config.Tokens).OrderBy(sizes => sizes.Key).Where(sizes => CountOf(sizes, point => point.Parameters) >= FewestSizes))
                AddLaw(sizes, LawVariable.Parameters, point => point.Parameters, $"{ReportNumber.Of(sizes.Key, NumberStyle.Count)} training tokens", "parameters N");
            foreach (IGrouping<string, Point> amounts in group.GroupBy(point => point.Shape).Where(amounts => CountOf(amounts, point => point.Tokens) >= FewestSizes))
                AddTokens(amounts);
        }

        return charts.Count == 0 ? null : new ReportSection(prefix, "Scaling") { Notes = notes, Charts = charts, Tables = tables };

        void AddTokens(IGrouping<string, Point> amounts)
        {
            string model = RunLabels.ModelName(amounts.First().Config);
            RecipePoint[] best = [.. amounts.GroupBy(point => (point.Recipe, point.Tokens)).Select(same => new RecipePoint(same.Key.Recipe, same.Key.Tokens, same.Min(point => point.Loss))).OrderBy(point => point.Recipe, StringComparer.Ordinal).ThenBy(point => point.Tokens)];
            bool isComparison = best.Count(point => point.Recipe == Point.Standard) >= FewestSizes && best.Any(point => point.Recipe != Point.Standard);
            if (isComparison && EfficiencyOf(best) is { } fit)
            {
                (Chart chart, ReportTable table) = DataEfficiencyChart.Of($"{prefix}-{charts.Count}", best, fit.Estimate.Parameters, Point.Standard);
                charts.Add(chart with { Caption = $"{model}; of each recipe the lowest loss at each amount of data. Standard: weight decay 0.1; regularised: any larger one. {chart.Caption}" });
                tables.Add(table);
                notes.AddRange(fit.Warnings);
            }
            else
            {
                AddLaw(amounts, LawVariable.Tokens, point => point.Tokens, model, "unique training tokens D");
            }
        }

        void AddLaw(IEnumerable<Point> all, LawVariable variable, Func<Point, double> x, string what, string axis)
        {
            if (tables.Count >= MostLaws)
                return;
            Point[] best = [.. all.GroupBy(x).Select(same => same.MinBy(point => point.Loss)!).OrderBy(x)];
            double[] sizes = [.. best.Select(x)];
            (LawCurve? curve, string why) = LawCurve.Fitted(variable, sizes, [.. best.Select(point => point.Loss)], sizes[^1] * Beyond);
            string id = $"{prefix}-{charts.Count}";
            var series = new List<ChartSeries> { new("other runs", -1, [.. all.Except(best).OrderBy(x).Select(point => new ChartPoint(x(point), point.Loss, point.Name))]) { Mark = ChartMark.Points, IsFaint = true } };
            if (curve is not null)
                series.Add(new ChartSeries("the law", 0, curve.Points) { IsCurve = true, IsInLegend = false });
            series.Add(new ChartSeries("lowest loss at each size", 0, [.. best.Select(point => new ChartPoint(x(point), point.Loss, point.Name))]) { Mark = curve is null ? ChartMark.LineAndPoints : ChartMark.Points });
            charts.Add(new Chart(id, $"L({variable.Name}): {what}", new ChartAxis(axis, ScaleKind.Logarithmic) { Style = NumberStyle.Count }, new ChartAxis("validation loss, nats a token"), [.. series.Where(each => each.Points.Count > 0)])
            {
                Caption = curve is null ? why : $"{LawCurve.Formula(curve.Fit.Estimate.Parameters, variable.Name)}, least squares through the lowest losses; dashed: what is left at infinity. Shaded: 95% intervals.",
                Rules = curve is null ? [] : LawCurve.AsymptoteRule(variable.Name, curve.Asymptote, curve.AsymptoteInterval, [.. best.Select(point => point.Loss)], 0),
                Bands = curve is null || curve.Band.Count == 0 ? [] : [new ChartBand("95% of the curve", 0, curve.Band)],
            });
            if (curve is not null)
            {
                tables.Add(LawTables.Of($"{id}-parameters", $"L({variable.Name}) = A / {variable.Name}^α + E: {what}", [($"L({variable.Name})", curve.Fit)]));
                notes.AddRange(curve.Fit.Warnings.Select(warning => $"L({variable.Name}): {warning}"));
            }
        }
    }

    private static int CountOf(IEnumerable<Point> points, Func<Point, double> x) => points.Select(x).Distinct().Count();

    private static LawFit? EfficiencyOf(RecipePoint[] best)
    {
        var data = new LawData(
            [.. best.Select(point => $"{point.Recipe}, D = {ReportNumber.Brief(point.Tokens)}")],
            [.. best.Select(point => point.Loss)],
            new Dictionary<string, double[]> { ["D"] = [.. best.Select(point => point.Tokens)] },
            new Dictionary<string, string[]> { ["recipe"] = [.. best.Select(point => point.Recipe)] });
        try
        {
            return LawFitting.Fit(new DataEfficiency(), data, new FitOptions { Bootstraps = 0, Reference = Point.Standard });
        }
        catch (InputException)
        {
            // The standard runs have no law: the chart of the best losses says why.
            return null;
        }
    }

    private sealed class Point(RunSummary run)
    {
        public const string Standard = "standard";

        private const double StandardDecay = .1;

        public string Name => run.Name;

        public TrainingConfig Config => run.Config!;

        public double Loss => run.Result!.ValLoss;

        public double Parameters => run.Result!.Parameters;

        public double Tokens => run.Config!.Tokens;

        /// <summary>By the definition of arXiv 2509.14786.</summary>
        public string Recipe => Config.WeightDecay == StandardDecay ? Standard : Config.WeightDecay < StandardDecay ? "less decay" : "regularised";

        /// <summary>Runs that learn from one text and are measured on one.</summary>
        public string Data => $"{Config.DatasetHash} {Config.ValidationTokens} {Config.Length}";

        public string Shape => (Config.Model with { Name = "" }).ToString();
    }
}
