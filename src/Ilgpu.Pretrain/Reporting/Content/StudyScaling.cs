using System.Globalization;
using System.Text.RegularExpressions;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// Loss against parameters, a chart for each amount of data: what the steps of a family came to at each size, one recipe beside the
/// other, where ever more members lead, and the limit of members and parameters (figures 1 and 5 of arXiv 2509.14786).
/// </summary>
internal static partial class StudyScaling
{
    private const int FewestSizes = 3;

    /// <summary>A limit that lies so many ranges of the losses below them would squeeze what the chart is for; tables have it.</summary>
    private const double FarthestLimit = 1;

    /// <param name="prefix">Of the ids.</param>
    /// <param name="study">With families; none has no chart.</param>
    public static IEnumerable<Chart> Of(string prefix, SavedStudy study)
    {
        Point[] points = [.. study.Steps.Where(step => step is { Family: not null, Loss: not null, Runs.Count: > 0 }).Select(step => new Point(step))];
        IGrouping<(string, long), Point>[] lines = [.. points.GroupBy(point => (point.Family, point.Tokens)).Where(line => line.Select(point => point.Parameters).Distinct().Count() >= FewestSizes)];
        string[] families = [.. lines.Select(line => line.Key.Item1).Distinct()];
        (SavedStep Step, SavedFit Fit)[] joint = [.. study.Steps.Where(step => step.Fit is not null).Select(step => (step, SavedFit.Of(step.Fit!, step.Name))).Where(each => each.Item2.Law == JointLaw.LawName)];
        foreach (IGrouping<long, IGrouping<(string Family, long), Point>> budget in lines.GroupBy(line => line.Key.Item2).OrderBy(budget => budget.Key))
        {
            Limits[] limits = [.. LimitsOf(joint, budget.Key)];
            double[] losses = [.. budget.SelectMany(line => line).Select(point => point.Loss)];
            yield return new Chart(
                $"{prefix}-scaling-{budget.Key.ToString(CultureInfo.InvariantCulture)}",
                $"Validation loss against parameters, {ReportCell.Count(budget.Key).Text} training tokens",
                new ChartAxis("parameters N", ScaleKind.Logarithmic) { Style = NumberStyle.Count },
                new ChartAxis("validation loss, nats a token"),
                [
                    .. budget.Select(line => new ChartSeries(NameOf(line.Key.Family, line), Array.IndexOf(families, line.Key.Family), [.. line.OrderBy(point => point.Parameters).Select(point => new ChartPoint(point.Parameters, point.Loss, point.Name))]) { Mark = ChartMark.LineAndPoints }),
                    .. limits.Where(each => each.InMembers.Count >= FewestSizes).Select(each => new ChartSeries($"{each.Prefix}K → ∞", families.Length + each.Number, each.InMembers) { Mark = ChartMark.LineAndPoints, IsDashed = true }),
                ])
            {
                Caption = "Of a tuning the lowest loss, of an ensemble that of all its members' averaged logits." + (limits.Length > 0 ? " K → ∞: asymptotes of the law in K; K, N → ∞: what the law through them leaves." : ""),
                Rules = [.. limits.Where(each => IsNear(each.Limit, losses)).SelectMany(each => LawCurve.AsymptoteRule($"{each.Prefix}K, N", each.Limit!.Value, each.Interval, losses, families.Length + each.Number))],
            };
        }
    }

    private static bool IsNear(double? limit, double[] losses) => limit is { } value && losses.Min() - value <= FarthestLimit * (losses.Max() - losses.Min());

    /// <summary>What joint laws say of an amount of data.</summary>
    private static IEnumerable<Limits> LimitsOf((SavedStep Step, SavedFit Fit)[] joint, long tokens)
    {
        (SavedStep Step, SavedFinding[] Findings)[] fits =
        [
            .. joint.Select(each => (each.Step, each.Fit.Findings.Where(finding => finding.Value is not null && IsAt(finding, tokens)).ToArray())).Where(each => each.Item2.Length > 0),
        ];
        return fits.Select((fit, number) =>
        {
            SavedFinding? limit = fit.Findings.FirstOrDefault(finding => finding.What == JointLaw.Limit);
            return new Limits(
                number,
                fits.Length == 1 ? "" : $"{WithoutVariables(fit.Step.Family ?? fit.Step.Name)}: ",
                [.. fit.Findings.Where(finding => finding.What == JointLaw.AsymptoteInMembers && At(finding, "N") is not null).Select(finding => new ChartPoint(At(finding, "N")!.Value, finding.Value!.Value)).OrderBy(point => point.X)],
                limit?.Value,
                SavedFit.IntervalOf(limit?.Interval));
        });
    }

    /// <summary>Findings tell their place to six digits.</summary>
    private static bool IsAt(SavedFinding finding, long tokens) => At(finding, "D") is { } at && Math.Abs(at - tokens) <= 1e-5 * tokens;

    private static double? At(SavedFinding finding, string variable) =>
        finding.At.TryGetValue(variable, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    private static string WithoutVariables(string family) => VariableName().Replace(family, "").Trim('-', '_', '.');

    /// <summary>For legends.</summary>
    private static string NameOf(string family, IEnumerable<Point> line)
    {
        string name = WithoutVariables(family);
        int[] members = [.. line.Select(point => point.Members).Distinct()];
        return members is [> 1] ? $"{name}, K = {members[0]}" : name;
    }

    [GeneratedRegex(@"[-_.]?\$(\{[a-z0-9_]+\}|[a-z0-9_]+)")]
    private static partial Regex VariableName();

    /// <param name="Number">Of the fit.</param>
    /// <param name="Prefix">That tells its series from other fits'.</param>
    /// <param name="InMembers">Asymptotes of the law in K, by parameters.</param>
    /// <param name="Limit">Of K and N, or null.</param>
    /// <param name="Interval">Of the limit, or null.</param>
    private sealed record Limits(int Number, string Prefix, IReadOnlyList<ChartPoint> InMembers, double? Limit, Interval? Interval);

    private sealed class Point(SavedStep step)
    {
        public string Name => step.Name;

        public string Family => step.Family!;

        public double Loss => step.Loss!.Value;

        public int Members => step.Scores?.LogitAverage.Count ?? 1;

        public long Parameters => step.Runs![0].Parameters;

        public long Tokens => step.Runs![0].Tokens;
    }
}
