using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>A tuning: its certificate, the grid's lines through the optimum, the way there.</summary>
internal static class TuningSections
{
    private const int MostTrialsOfHalf = 24;

    public static ReportSection Of(string prefix, string title, TuningResult tuning)
    {
        TuningSearch search = tuning.Search;
        Certificate certificate = search.Certificate;
        return new ReportSection(prefix, title)
        {
            Text = [.. Words(tuning)],
            Charts = [.. MarginChart(prefix, certificate), .. tuning.Plan.Grid.Tuned.Select(direction => LineThrough(prefix, tuning, direction)), Trials(prefix, search)],
            Tables = [Neighbors(prefix, tuning), .. NoiseOf(prefix, certificate), TrialTable(prefix, search)],
        };
    }

    private static IEnumerable<string> Words(TuningResult tuning)
    {
        Certificate certificate = tuning.Search.Certificate;
        string members = tuning.Plan.Members > 1 ? $" of {tuning.Plan.Members} members, logits averaged" : "";
        yield return $"Optimum: {tuning.Search.Optimum}, validation loss {ReportCell.Loss(tuning.Search.Loss).Text}{members}. "
            + (certificate.IsCertified ? "Certified: every one-step neighbour on the grid was run, and none has a lower loss." : $"Not certified: {certificate.Reason}.");
        if (certificate.Noise is { } noise)
        {
            int within = certificate.WithinNoise.Count();
            yield return $"The seed alone moves the loss by {ReportNumber.Brief(noise.StandardDeviation)} (standard deviation of {noise.Losses.Count} seeds). "
                + $"{within} of the neighbours {(within == 1 ? "lies" : "lie")} within noise: closer than {ReportNumber.Brief(noise.Threshold)}, which two runs of one point would exceed once in twenty times.";
        }

        if (certificate.AtEdge.Any())
            yield return $"The grid ends at the optimum: {string.Join(", ", certificate.AtEdge.Select(edge => $"{(edge.Step < 0 ? "below" : "above")} its {edge.Direction.Words()}"))}. A wider grid might have something better.";
        if (certificate.Held.Count > 0)
            yield return $"Held: {string.Join(", ", certificate.Held.Select(direction => $"{direction.Words()} {ReportNumber.Brief(tuning.Search.Optimum.ValueOf(direction))}"))}.";
    }

    /// <summary>How far each neighbour lies above the optimum, in standard deviations of a seed.</summary>
    private static IEnumerable<Chart> MarginChart(string prefix, Certificate certificate)
    {
        CertificateNeighbor[] neighbors = [.. certificate.Neighbors.Where(neighbor => neighbor.Margin is not null)];
        if (neighbors.Length == 0)
            yield break;
        SeedNoise noise = certificate.Noise!;
        yield return new Chart(
            $"{prefix}-margins",
            "Margins of the optimum over its neighbours",
            new ChartAxis("neighbour", ScaleKind.Ordinal) { Categories = [.. neighbors.Select(neighbor => $"{Short(neighbor.Direction)} {ReportNumber.Brief(neighbor.Point!.ValueOf(neighbor.Direction))}")] },
            new ChartAxis("loss above the optimum's, in standard deviations of a seed") { Includes = [0] },
            [new ChartSeries("neighbours", 0, [.. neighbors.Select((neighbor, i) => new ChartPoint(i, neighbor.Margin!.Value, neighbor.Point!.ToString()))]) { Mark = ChartMark.Points, HasStems = true }])
        {
            Caption = "Below the dashed line a margin is within noise: Student's t at 95% for a difference of two runs, from the seeds at the optimum. One that is 0 or more everywhere is what certifies the optimum.",
            Rules = [new ChartRule($"noise: {ReportCell.Decimals(noise.Threshold / noise.StandardDeviation, 1).Text} σ", noise.Threshold / noise.StandardDeviation, 1)],
        };
    }

    /// <summary>The losses of the grid's line through the optimum.</summary>
    private static Chart LineThrough(string prefix, TuningResult tuning, TuningDirection direction)
    {
        IReadOnlyList<double> values = tuning.Plan.Grid.Values(direction);
        TuningSearch search = tuning.Search;
        Dictionary<TuningPoint, double> losses = search.Tried.Where(tried => tried.Repeat == 0).DistinctBy(tried => tried.Point).ToDictionary(tried => tried.Point, tried => tried.Loss);
        ChartPoint[] line = [.. values.Select((value, i) => (Place: i, Point: search.Optimum.With(direction, value))).Where(each => losses.ContainsKey(each.Point)).Select(each => new ChartPoint(each.Place, losses[each.Point]))];
        ChartPoint[] seeds = [.. (search.Certificate.Noise?.Losses ?? []).Skip(1).Select((loss, i) => new ChartPoint(IndexOf(values, search.Optimum.ValueOf(direction)), loss, $"other seeds {i + 1}"))];
        return new Chart(
            $"{prefix}-{direction.Words().Replace(' ', '-')}",
            $"Through the optimum along the {direction.Words()}",
            new ChartAxis(direction.Words(), ScaleKind.Ordinal) { Categories = [.. values.Select(ReportNumber.Brief)] },
            new ChartAxis("validation loss, nats a token"),
            [
                .. seeds.Length > 0 ? new[] { new ChartSeries("the optimum, other seeds", -1, seeds) { Mark = ChartMark.Points } } : [],
                new ChartSeries("tried", 0, line) { Mark = ChartMark.LineAndPoints },
                new ChartSeries("the optimum", 1, [new ChartPoint(IndexOf(values, search.Optimum.ValueOf(direction)), search.Loss)]) { Mark = ChartMark.Points },
            ])
        { IsHalf = true };
    }

    private static Chart Trials(string prefix, TuningSearch search)
    {
        (TriedPoint Trial, int Number)[] descent = [.. search.Tried.Select((tried, i) => (tried, i + 1)).Where(each => each.tried.Repeat == 0)];
        return new Chart(
            $"{prefix}-trials",
            "The descent",
            new ChartAxis("trial"),
            new ChartAxis("validation loss, nats a token"),
            [
                new ChartSeries("tried", -1, [.. descent.Select(each => new ChartPoint(each.Number, each.Trial.Loss, each.Trial.Point.ToString()))]) { Mark = ChartMark.Points },
                new ChartSeries("its way", 0, [.. descent.Where(each => search.Path.Contains(each.Trial.Point)).Select(each => new ChartPoint(each.Number, each.Trial.Loss, each.Trial.Point.ToString()))]) { Mark = ChartMark.LineAndPoints },
            ])
        { IsHalf = descent.Length <= MostTrialsOfHalf };
    }

    private static ReportTable Neighbors(string prefix, TuningResult tuning)
    {
        Certificate certificate = tuning.Search.Certificate;
        IReadOnlyList<ReportCell> optimum =
        [
            ReportCell.Of("optimum"), .. Place(tuning.Search.Optimum), ReportCell.Of("run"), ReportCell.Loss(tuning.Search.Loss), ReportCell.Nothing, ReportCell.Nothing, ReportCell.Nothing,
        ];
        return new ReportTable(
            $"{prefix}-certificate",
            certificate.IsCertified ? "Certificate" : $"No certificate: {certificate.Reason}",
            ["point", "lr", "epochs", "wd", "state", "validation loss", "difference", "margin, σ", "within noise"],
            [
                optimum,
                .. certificate.Neighbors.Select(neighbor => (IReadOnlyList<ReportCell>)
                [
                    ReportCell.Of($"{neighbor.Direction.Words()} {(neighbor.Step < 0 ? "down" : "up")}"),
                    .. neighbor.Point is { } point ? Place(point) : [ReportCell.Nothing, ReportCell.Nothing, ReportCell.Nothing],
                    ReportCell.Of(StateOf(neighbor.State)),
                    ReportCell.Loss(neighbor.Loss),
                    ReportCell.Decimals(neighbor.Difference, 4),
                    ReportCell.Decimals(neighbor.Margin, 2),
                    ReportCell.Of(neighbor.IsWithinNoise switch { true => "yes", false => "no", null => null }),
                ]),
            ])
        {
            Highlighted = 0,
        };
    }

    private static IEnumerable<ReportTable> NoiseOf(string prefix, Certificate certificate)
    {
        if (certificate.Noise is not { } noise)
            yield break;
        yield return new ReportTable(
            $"{prefix}-noise",
            "The seeds' noise at the optimum",
            ["seeds", "validation loss"],
            [
                .. noise.Losses.Select((loss, i) => (IReadOnlyList<ReportCell>)[ReportCell.Of(i == 0 ? "the tuning's own" : $"others {i}"), ReportCell.Loss(loss)]),
                [ReportCell.Of("mean"), ReportCell.Loss(noise.Mean)],
                [ReportCell.Of("standard deviation of one loss"), ReportCell.Of(noise.StandardDeviation)],
                [ReportCell.Of("of a difference of two"), ReportCell.Of(noise.DifferenceDeviation)],
                [ReportCell.Of("difference that noise exceeds once in twenty times"), ReportCell.Of(noise.Threshold)],
            ]);
    }

    private static ReportTable TrialTable(string prefix, TuningSearch search) => new(
        $"{prefix}-tried",
        "Everything that was tried, in order",
        ["trial", "lr", "epochs", "wd", "seeds", "validation loss", "on its way", "runs"],
        [
            .. search.Tried.Select((tried, i) => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Count(i + 1), .. Place(tried.Point), ReportCell.Of(tried.Repeat == 0 ? "own" : $"others {tried.Repeat}"), ReportCell.Loss(tried.Loss),
                ReportCell.Of(tried.Repeat == 0 && search.Path.Contains(tried.Point) ? "yes" : ""), ReportCell.Of(string.Join(' ', tried.Runs)),
            ]),
        ])
    {
        IsFolded = true,
    };

    private static ReportCell[] Place(TuningPoint point) => [ReportCell.Of(point.LearningRate), ReportCell.Count(point.Epochs), ReportCell.Of(point.WeightDecay)];

    private static string Short(TuningDirection direction) => direction switch { TuningDirection.LearningRate => "lr", TuningDirection.Epochs => "epochs", _ => "wd" };

    private static string StateOf(NeighborState state) => state switch
    {
        NeighborState.Run => "run",
        NeighborState.Diverged => "diverged",
        NeighborState.NotRun => "not run",
        NeighborState.BeyondGrid => "beyond the grid",
        _ => "there is no such value",
    };

    private static int IndexOf(IReadOnlyList<double> values, double value) => values.TakeWhile(each => each != value).Count();
}
