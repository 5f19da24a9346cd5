using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>A saved fit: the law through its points, its parameters, what is left.</summary>
internal static class FitSections
{
    private const double Beyond = 3;
    private const int MostGroups = 8;
    private const int FoldedFrom = 30;

    public static ReportSection Of(string prefix, string title, SavedFit fit)
    {
        var charts = new List<Chart>();
        var tables = new List<ReportTable>();
        if (EfficiencyOf(prefix, fit) is { } efficiency)
        {
            charts.Add(efficiency.Chart);
            tables.Add(efficiency.Table);
        }
        else if (LawChart(prefix, fit) is { } chart)
        {
            charts.Add(chart);
        }

        charts.AddRange(ResidualCharts(prefix, fit));
        tables.Add(Parameters(prefix, fit));
        if (fit.Findings.Count > 0)
            tables.Add(Findings(prefix, fit));
        if (fit.Predictions.Count > 0)
            tables.Add(Predictions(prefix, fit));
        tables.Add(Residuals(prefix, fit));
        return new ReportSection(prefix, title)
        {
            Text =
            [
                $"{fit.Points} points{(fit.R2 is { } r2 ? $"; R² {ReportCell.Decimals(r2, 5).Text}" : "")}{(fit.Bootstraps > 0 ? $"; intervals of {ReportNumber.Brief(100 * fit.Confidence)}% from {fit.Bootstraps} bootstrap fits" : "")}.",
            ],
            Notes = fit.Residuals.All(row => row.At.Count == 0) ? [.. fit.Warnings, "The saved fit does not say where its rows are: fit again, and the law is drawn over them."] : fit.Warnings,
            Charts = charts,
            Tables = tables,
        };
    }

    private static (Chart Chart, ReportTable Table)? EfficiencyOf(string prefix, SavedFit fit)
    {
        if (fit.Law != new DataEfficiency().Name)
            return null;
        RecipePoint[] points = [.. fit.Residuals.Where(row => row.Words?.ContainsKey("recipe") == true && row.At.ContainsKey("D")).Select(row => new RecipePoint(row.Words!["recipe"], row.At["D"], row.Measured))];
        // What was compared has findings; the reference has none.
        string[] compared = [.. fit.Findings.Select(finding => finding.At.GetValueOrDefault("recipe", ""))];
        string? reference = fit.Values.Keys.Where(name => name.StartsWith("A[", StringComparison.Ordinal)).Select(name => name[2..^1]).FirstOrDefault(recipe => !compared.Contains(recipe));
        return reference is null || points.Length == 0 ? null : DataEfficiencyChart.Of(prefix, points, fit.Values, reference);
    }

    /// <summary>The target over the variable that has the most values, a curve for each combination of the others.</summary>
    private static Chart? LawChart(string prefix, SavedFit fit)
    {
        string[] variables = [.. fit.Residuals.SelectMany(row => row.At.Keys).Distinct()];
        if (variables.Length == 0)
            return null;
        ScalingLaw law = LawLibrary.All.FirstOrDefault(each => each.Name == fit.Law)?.Over(variables) ?? LawLibrary.All[0];
        string x = variables.MaxBy(variable => fit.Residuals.Select(row => row.At.GetValueOrDefault(variable, double.NaN)).Distinct().Count())!;
        SavedResidual[] rows = [.. fit.Residuals.Where(row => row.At.ContainsKey(x))];
        IGrouping<string, SavedResidual>[] groups = [.. rows.GroupBy(row => GroupOf(row, x))];
        var series = new List<ChartSeries>();
        var rules = new List<ChartRule>();
        double to = rows.Max(row => row.At[x]) * Beyond;
        if (groups.Length > MostGroups)
        {
            series.Add(new ChartSeries("measured", 0, Points(rows, x, row => row.Measured)) { Mark = ChartMark.Points });
            series.Add(new ChartSeries("fitted", 1, Points(rows, x, row => row.Fitted)) { Mark = ChartMark.Points });
        }

        for (int g = 0; g < groups.Length && groups.Length <= MostGroups; g++)
        {
            SavedResidual[] own = [.. groups[g]];
            string name = groups[g].Key.Length == 0 ? "measured" : groups[g].Key;
            if (Curve(law, fit, own, x, to) is { } curve)
                series.Add(new ChartSeries(groups.Length == 1 ? "the law" : $"{name}, the law", g, curve) { IsCurve = true, IsInLegend = groups.Length == 1 });
            series.Add(new ChartSeries(name, g, Points(own, x, row => row.Measured)) { Mark = ChartMark.Points });
        }

        if (variables.Length == 1 && fit.Values.TryGetValue("E", out double left))
            rules.AddRange(LawCurve.AsymptoteRule(x, left, fit.IntervalOf("E"), [.. rows.Select(row => row.Measured)], -1));
        LawVariable? variable = law.Variables.FirstOrDefault(each => each.Name == x);
        bool isLog = rows.All(row => row.At[x] > 0);
        bool isCount = rows.All(row => row.At[x] >= 1) && rows.Max(row => row.At[x]) >= 1000;
        return new Chart(
            $"{prefix}-law",
            $"{Capital(law.Target.Name)} over {(variable?.Meaning ?? x)}",
            new ChartAxis(variable is null || variable.Meaning.StartsWith("what is scaled", StringComparison.Ordinal) ? x : $"{variable.Meaning} {x}", isLog ? ScaleKind.Logarithmic : ScaleKind.Linear) { Style = isCount ? NumberStyle.Count : NumberStyle.Plain },
            new ChartAxis(law.Target.Meaning),
            series)
        {
            Caption = $"{fit.Form}{(rules.Count > 0 ? "; dashed: what is left at infinity, shaded: its interval." : ".")}",
            Rules = rules,
        };
    }

    /// <summary>The row's other variables.</summary>
    private static string GroupOf(SavedResidual row, string x) => string.Join(
        ", ",
        row.At.Where(each => each.Key != x).Select(each => $"{each.Key} {ReportNumber.Of(each.Value, NumberStyle.Count)}")
            .Concat((row.Words ?? new Dictionary<string, string>()).Select(each => each.Value)));

    private static IReadOnlyList<ChartPoint>? Curve(ScalingLaw law, SavedFit fit, SavedResidual[] rows, string x, double to)
    {
        if (rows.Any(row => row.At[x] <= 0))
            return null;
        try
        {
            return LawCurve.Sample(value => law.Predict(fit.Values, new LawPoint("", new Dictionary<string, double>(rows[0].At) { [x] = value })), [.. rows.Select(row => row.At[x])], to);
        }
        catch (Exception e) when (e is InputException or KeyNotFoundException or NotSupportedException or ArgumentException)
        {
            // A law that is no function of a point has no curve.
            return null;
        }
    }

    private static ChartPoint[] Points(IEnumerable<SavedResidual> rows, string x, Func<SavedResidual, double> value) =>
        [.. rows.OrderBy(row => row.At[x]).Select(row => new ChartPoint(row.At[x], value(row), row.Row))];

    private static Chart[] ResidualCharts(string prefix, SavedFit fit)
    {
        if (fit.Residuals.Count < 2)
            return [];
        double low = fit.Residuals.Min(row => Math.Min(row.Measured, row.Fitted)), high = fit.Residuals.Max(row => Math.Max(row.Measured, row.Fitted));
        SavedResidual[] rows = [.. fit.Residuals.OrderBy(row => row.Fitted)];
        return
        [
            new Chart($"{prefix}-measured", "Measured and fitted", new ChartAxis("fitted"), new ChartAxis("measured"),
            [
                new ChartSeries("equal", -1, [new ChartPoint(low, low), new ChartPoint(high, high)]) { IsCurve = true },
                new ChartSeries("rows", 0, [.. rows.Select(row => new ChartPoint(row.Fitted, row.Measured, row.Row))]) { Mark = ChartMark.Points },
            ]) { IsHalf = true },
            new Chart($"{prefix}-residuals", "What the law leaves", new ChartAxis("fitted"), new ChartAxis("measured less fitted"),
                [new ChartSeries("rows", 0, [.. rows.Select(row => new ChartPoint(row.Fitted, row.Measured - row.Fitted, row.Row))]) { Mark = ChartMark.Points }])
            {
                IsHalf = true,
                Rules = [new ChartRule("0", 0, -1)],
            },
        ];
    }

    private static ReportTable Parameters(string prefix, SavedFit fit) => new(
        $"{prefix}-parameters",
        "Parameters",
        ["parameter", "value", $"{ReportNumber.Brief(100 * fit.Confidence)}% from", "to"],
        [.. fit.Parameters.Select(each => (IReadOnlyList<ReportCell>)[ReportCell.Of(each.Key), ReportCell.Of(each.Value), ReportCell.Of(fit.IntervalOf(each.Key)?.Low), ReportCell.Of(fit.IntervalOf(each.Key)?.High)])]);

    private static ReportTable Findings(string prefix, SavedFit fit)
    {
        string[] names = [.. fit.Findings.SelectMany(finding => finding.At.Keys).Distinct()];
        return new ReportTable($"{prefix}-findings", "What follows", ["what", .. names, "value", "from", "to"],
        [
            .. fit.Findings.Select(finding => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Of(finding.What), .. names.Select(name => ReportCell.Of(finding.At.GetValueOrDefault(name))),
                ReportCell.Of(finding.Value), ReportCell.Of(finding.Interval is [{ } low, _] ? low : null), ReportCell.Of(finding.Interval is [_, { } high] ? high : null),
            ]),
        ]);
    }

    private static ReportTable Predictions(string prefix, SavedFit fit) => new(
        $"{prefix}-predictions",
        "Predictions",
        ["at", "value", "from", "to"],
        [
            .. fit.Predictions.Select(prediction => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Of(string.Join(", ", prediction.At.Select(each => $"{each.Key} = {ReportNumber.Brief(each.Value)}"))),
                ReportCell.Of(prediction.Value), ReportCell.Of(prediction.Interval is [{ } low, _] ? low : null), ReportCell.Of(prediction.Interval is [_, { } high] ? high : null),
            ]),
        ]);

    private static ReportTable Residuals(string prefix, SavedFit fit) => new(
        $"{prefix}-rows",
        "Rows",
        ["row", "measured", "fitted", "measured less fitted"],
        [.. fit.Residuals.Select(row => (IReadOnlyList<ReportCell>)[ReportCell.Of(row.Row), ReportCell.Of(row.Measured), ReportCell.Of(row.Fitted), ReportCell.Of(row.Measured - row.Fitted)])])
    {
        IsFolded = fit.Residuals.Count > FoldedFrom,
    };

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
