using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// Recipes over data, and how many times the data the reference recipe would need for another's loss: its law, inverted
/// (arXiv 2509.14786).
/// </summary>
internal static class DataEfficiencyChart
{
    private const double Beyond = 1.6;

    /// <param name="prefix">Of the ids.</param>
    /// <param name="points">The lowest loss of each recipe at each D.</param>
    /// <param name="parameters">Of each recipe's law: <c>A[standard]</c> and so on.</param>
    /// <param name="reference">Its law has to be among them.</param>
    public static (Chart Chart, ReportTable Table) Of(string prefix, IReadOnlyList<RecipePoint> points, IReadOnlyDictionary<string, double> parameters, string reference)
    {
        string[] recipes = [reference, .. points.Select(point => point.Recipe).Distinct().Where(recipe => recipe != reference).Order(StringComparer.Ordinal)];
        Dictionary<string, double> ofReference = LawOf(parameters, reference)!;
        var bridges = new List<ChartBridge>();
        var rows = new List<IReadOnlyList<ReportCell>>();
        for (int r = 1; r < recipes.Length; r++)
        {
            RecipePoint[] own = [.. points.Where(point => point.Recipe == recipes[r]).OrderBy(point => point.Tokens)];
            double[] needed = [.. own.Select(point => PowerLaw.Invert(ofReference, point.Loss))];
            rows.AddRange(own.Select((point, i) => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Of(recipes[r]), ReportCell.Amount(point.Tokens), ReportCell.Loss(point.Loss),
                double.IsFinite(needed[i]) ? ReportCell.Amount(needed[i]) : ReportCell.Of("no amount"),
                double.IsFinite(needed[i]) ? ReportCell.Decimals(needed[i] / point.Tokens, 2) : ReportCell.Of("infinite"),
            ]));
            int first = Array.FindIndex(needed, double.IsFinite);
            if (first >= 0)
                bridges.Add(new ChartBridge($"{needed[first] / own[first].Tokens:0.00}× the data", own[first].Loss, own[first].Tokens, needed[first], r));
        }

        double to = points.Select(point => point.Tokens).Concat(bridges.Select(bridge => bridge.ToX)).Max() * Beyond;
        var series = new List<ChartSeries>();
        var rules = new List<ChartRule>();
        for (int r = 0; r < recipes.Length; r++)
        {
            RecipePoint[] own = [.. points.Where(point => point.Recipe == recipes[r]).OrderBy(point => point.Tokens)];
            if (own.Length == 0)
                continue;
            if (LawOf(parameters, recipes[r]) is { } law)
            {
                series.Add(new ChartSeries($"{recipes[r]}: {LawCurve.Formula(law, "D")}", r, LawCurve.Sample(tokens => (law["A"] * Math.Pow(tokens, -law["alpha"])) + law["E"], [.. own.Select(point => point.Tokens)], to)) { IsCurve = true, IsInLegend = false });
            }

            series.Add(new ChartSeries(recipes[r], r, [.. own.Select(point => new ChartPoint(point.Tokens, point.Loss))]) { Mark = ChartMark.Points });
        }

        return (
            new Chart(
                $"{prefix}-data-efficiency",
                $"How much more data the {reference} recipe would need",
                new ChartAxis("unique training tokens D", ScaleKind.Logarithmic) { Style = NumberStyle.Count },
                new ChartAxis("validation loss, nats a token"),
                series)
            {
                Caption = $"Curves: A / D^α + E of each recipe. An arrow leads from a recipe's loss to where the law of the {reference} recipe reaches it: the ratio is its data efficiency.",
                Bridges = bridges,
                Rules = rules,
            },
            new ReportTable($"{prefix}-data-efficiency-table-of-recipes", $"Data efficiency against the {reference} recipe", ["recipe", "tokens D", "validation loss", $"tokens the {reference} recipe needs", "times the data"], rows));
    }

    private static Dictionary<string, double>? LawOf(IReadOnlyDictionary<string, double> parameters, string recipe)
    {
        string suffix = $"[{recipe}]";
        return parameters.TryGetValue("A" + suffix, out double a) && parameters.TryGetValue("alpha" + suffix, out double alpha) && parameters.TryGetValue("E" + suffix, out double e)
            ? new Dictionary<string, double> { ["A"] = a, ["alpha"] = alpha, ["E"] = e }
            : null;
    }
}

/// <summary>The lowest loss of a recipe at an amount of data.</summary>
internal sealed record RecipePoint(string Recipe, double Tokens, double Loss);
