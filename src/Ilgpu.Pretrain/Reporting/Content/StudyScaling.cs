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

    /// <param name="prefix">Of the ids.</param>
    /// <param name="study">With families; none has no chart.</param>
    public static IEnumerable<Chart> Of(string prefix, SavedStudy study)
    {
        Point[] points = [.. study.Steps.Where(step => step is { Family: not null, Loss: not null, Runs.Count: > 0 }).Select(step => new Point(step))];
        IGrouping<(string, long), Point>[] lines = [.. points.GroupBy(point => (point.Family, point.Tokens)).Where(line => line.Select(point => point.Parameters).Distinct().Count() >= FewestSizes)];
        string[] families = [.. lines.Select(line => line.Key.Item1).Distinct()];
        foreach (IGrouping<long, IGrouping<(string Family, long), Point>> budget in lines.GroupBy(line => line.Key.Item2).OrderBy(budget => budget.Key))
        {
            SavedFinding[] findings = [.. study.Steps.Where(step => step.Fit is not null).Select(step => SavedFit.Of(step.Fit!, step.Name)).Where(fit => fit.Law == JointLaw.LawName).SelectMany(fit => fit.Findings).Where(finding => finding.Value is not null && IsAt(finding, budget.Key))];
            SavedFinding[] limits = [.. findings.Where(finding => finding.What == JointLaw.AsymptoteInMembers).OrderBy(finding => At(finding, "N"))];
            yield return new Chart(
                $"{prefix}-scaling-{budget.Key.ToString(CultureInfo.InvariantCulture)}",
                $"Validation loss against parameters, {ReportCell.Count(budget.Key).Text} training tokens",
                new ChartAxis("parameters N", ScaleKind.Logarithmic) { Style = NumberStyle.Count },
                new ChartAxis("validation loss, nats a token"),
                [
                    .. budget.Select(line => new ChartSeries(NameOf(line.Key.Family, line), Array.IndexOf(families, line.Key.Family), [.. line.OrderBy(point => point.Parameters).Select(point => new ChartPoint(point.Parameters, point.Loss, point.Name))]) { Mark = ChartMark.LineAndPoints }),
                    .. limits.Length >= FewestSizes ? new[] { new ChartSeries("K → ∞", families.Length, [.. limits.Select(finding => new ChartPoint(At(finding, "N")!.Value, finding.Value!.Value))]) { Mark = ChartMark.LineAndPoints, IsDashed = true } } : [],
                ])
            {
                Caption = "Of a tuning the lowest loss, of an ensemble that of all its members' averaged logits." + (limits.Length >= FewestSizes ? " K → ∞: asymptotes of the law in K; K, N → ∞: what the law through them leaves." : ""),
                Rules = [.. findings.Where(finding => finding.What == JointLaw.Limit).SelectMany(finding => LawCurve.AsymptoteRule("K, N", finding.Value!.Value, finding.Interval is [{ } low, { } high] ? new Interval(low, high) : null, [.. budget.SelectMany(line => line).Select(point => point.Loss)], families.Length))],
            };
        }
    }

    /// <summary>Findings tell their place to six digits.</summary>
    private static bool IsAt(SavedFinding finding, long tokens) => At(finding, "D") is { } at && Math.Abs(at - tokens) <= 1e-5 * tokens;

    private static double? At(SavedFinding finding, string variable) =>
        finding.At.TryGetValue(variable, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    /// <summary>The family's name without its variables.</summary>
    private static string NameOf(string family, IEnumerable<Point> line)
    {
        string name = VariableName().Replace(family, "").Trim('-', '_', '.');
        int[] members = [.. line.Select(point => point.Members).Distinct()];
        return members is [> 1] ? $"{name}, K = {members[0]}" : name;
    }

    [GeneratedRegex(@"[-_.]?\$(\{[a-z0-9_]+\}|[a-z0-9_]+)")]
    private static partial Regex VariableName();

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
