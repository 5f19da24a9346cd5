using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Loss, learning rate and gradient norm of runs over their steps.</summary>
internal static class RunCurves
{
    /// <summary>Runs that are drawn; more would be a tangle.</summary>
    public const int MostRuns = 8;

    private const int MostPoints = 4000;
    internal const int MostPointsOfOne = 800;

    /// <summary>Evaluations that have marks of their own; more would hide their line.</summary>
    internal const int MostMarks = 32;

    private const int MostMarksOfSeveral = 8;

    /// <summary>A gradient norm that spans more than this ratio is on a logarithmic axis.</summary>
    private const double WideRatio = 8;

    /// <param name="prefix">Of the charts' ids.</param>
    /// <param name="runs">One at least, each with a configuration.</param>
    public static IReadOnlyList<Chart> Of(string prefix, IReadOnlyList<RunSummary> runs)
    {
        IReadOnlyList<string> labels = RunLabels.Of(runs);
        Curve[] curves = [.. runs.Select((run, i) => new Curve(run, labels[i], [.. RunFolder.ReadMetrics(run.Folder)], Math.Min(MostPointsOfOne, Math.Max(60, MostPoints / (2 * runs.Count)))))];
        return [Loss(prefix, curves), LearningRate(prefix, curves), GradientNorm(prefix, curves)];
    }

    private static Chart Loss(string prefix, Curve[] curves)
    {
        bool isOne = curves.Length == 1;
        var series = new List<ChartSeries>();
        for (int i = 0; i < curves.Length; i++)
        {
            series.Add(new ChartSeries(isOne ? "training" : $"{curves[i].Label}, training", i, curves[i].Points(line => line.Loss)) { IsFaint = true, IsInLegend = isOne });
            IReadOnlyList<ChartPoint> validation = curves[i].Points(line => line.ValLoss);
            series.Add(new ChartSeries(isOne ? "validation" : curves[i].Label, isOne ? 1 : i, validation)
            {
                Mark = validation.Count <= (isOne ? MostMarks : MostMarksOfSeveral) ? ChartMark.LineAndPoints : ChartMark.Line,
            });
        }

        int notFinite = series.Sum(each => each.Points.Count(point => !double.IsFinite(point.Y)));
        string thinned = curves.Any(curve => curve.IsThinned) ? " Long curves are drawn by fewer of their points; all of them are in the runs' metrics.jsonl." : "";
        string gaps = notFinite > 0 ? $" {notFinite} {(notFinite == 1 ? "loss is" : "losses are")} not a finite number, and missing from the lines." : "";
        return new Chart($"{prefix}-loss", "Loss", new ChartAxis("optimizer steps") { Style = NumberStyle.Count, Includes = [0] }, new ChartAxis("loss, nats a token"), series)
        {
            Caption = $"{(isOne ? "Training loss: mean of the steps since the point before." : "Strong lines: validation; pale ones of the same colour: training, the mean of the steps since the point before.")}{thinned}{gaps}",
            Rules = isOne ? EpochsOf(curves[0].Run.Config!) : [],
        };
    }

    private static Chart LearningRate(string prefix, Curve[] curves) =>
        new($"{prefix}-learning-rate", "Learning rate", new ChartAxis("optimizer steps") { Style = NumberStyle.Count, Includes = [0] }, new ChartAxis("learning rate") { Includes = [0] },
            [.. curves.Select((curve, i) => new ChartSeries(curve.Label, i, curve.Points(line => line.LearningRate)) { IsInLegend = false })])
        { IsHalf = true };

    private static Chart GradientNorm(string prefix, Curve[] curves)
    {
        IReadOnlyList<ChartPoint>[] points = [.. curves.Select(curve => curve.Points(line => line.GradientNorm))];
        double[] norms = [.. points.SelectMany(each => each).Select(point => point.Y).Where(norm => double.IsFinite(norm) && norm > 0)];
        bool isWide = norms.Length > 0 && norms.Max() / norms.Min() > WideRatio;
        return new Chart(
            $"{prefix}-gradient-norm",
            "Gradient norm, before clipping",
            new ChartAxis("optimizer steps") { Style = NumberStyle.Count, Includes = [0] },
            new ChartAxis("global gradient norm", isWide ? ScaleKind.Logarithmic : ScaleKind.Linear) { Includes = isWide ? [] : [0] },
            [.. curves.Select((curve, i) => new ChartSeries(curve.Label, i, points[i]) { IsInLegend = false })])
        { IsHalf = true };
    }

    /// <summary>The ends of epochs, where they are few enough to be seen.</summary>
    private static ChartRule[] EpochsOf(TrainingConfig config)
    {
        const int MostEpochs = 32;
        return config.EpochsBegun is < 2 or > MostEpochs
            ? []
            : [.. Enumerable.Range(1, config.EpochsBegun - 1).Select(epoch => new ChartRule($"epoch {epoch}", epoch * config.StepsPerEpoch, -1) { IsUpright = true, IsQuiet = true })];
    }

    /// <summary>A run's lines of metrics.</summary>
    private sealed class Curve(RunSummary run, string label, MetricsLine[] lines, int most)
    {
        public RunSummary Run => run;

        public string Label => label;

        public bool IsThinned { get; private set; }

        public IReadOnlyList<ChartPoint> Points(Func<MetricsLine, double?> value)
        {
            ChartPoint[] all = [.. lines.Where(line => value(line) is not null).Select(line => new ChartPoint(line.Step, value(line)!.Value))];
            IsThinned |= all.Length > most;
            return Thinning.Thin(all, most);
        }
    }
}
