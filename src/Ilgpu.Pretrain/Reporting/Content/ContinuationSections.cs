using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Continued pre-training: what was gained on the new text beside what was forgotten of the old.</summary>
internal static class ContinuationSections
{
    /// <summary>Evaluations of a continued run that say more than before and after.</summary>
    private const int FewestPoints = 2;

    private static readonly string[] Sides = ["before", "after"];

    private static readonly string[] LossColumns = ["new, before", "after", "gain", "old, before", "after", "forgotten"];

    /// <param name="prefix">Of the ids.</param>
    /// <param name="title">The heading.</param>
    /// <param name="continuation">What to show.</param>
    public static ReportSection Of(string prefix, string title, ContinuationSource continuation)
    {
        bool areSeveral = continuation.Record.After.Count > 1;
        bool areCurves = continuation.After.Any(run => SavedRun.ValidationCurve(run).Count >= FewestPoints);
        return new ReportSection(prefix, title)
        {
            Text = [.. Words(continuation)],
            Charts =
            [
                .. areSeveral ? Together(prefix, continuation) : [Moved(prefix, continuation) with { IsHalf = areCurves }],
                .. areCurves ? new[] { OnTheWay(prefix, continuation) with { IsHalf = !areSeveral } } : [],
            ],
            Tables = [Losses(prefix, continuation), .. areSeveral ? new[] { Members(prefix, continuation) } : []],
            Notes = continuation.Old is null ? ["What the models were trained on before is not known here, so that what they forgot of it was not measured."] : [],
        };
    }

    /// <summary>Several continuations side by side: gain against forgetting.</summary>
    public static ReportSection SideBySide(string prefix, IReadOnlyList<ContinuationSource> continuations)
    {
        IReadOnlyList<string> labels = LabelsOf(continuations);
        (ContinuationSource Source, string Label, int Number)[] measured = [.. continuations.Select((each, i) => (each, labels[i], i)).Where(each => each.each.Forgotten is not null)];
        return new ReportSection(prefix, "Continuations side by side")
        {
            Charts = measured.Length < 2
                ? []
                :
                [
                    new Chart(
                        $"{prefix}-gain",
                        "Gain against forgetting",
                        new ChartAxis("forgotten: rise of the loss on the old text, nats a token") { Includes = [0] },
                        new ChartAxis("gain: fall of the loss on the new text, nats a token"),
                        measured.Length <= ChartMarks.Colours
                            ? [.. measured.Select(each => new ChartSeries(each.Label, each.Number, [PointOf(each.Source, each.Label)]) { Mark = ChartMark.Points })]
                            : [new ChartSeries("continuations", 0, [.. measured.Select(each => PointOf(each.Source, each.Label))]) { Mark = ChartMark.Points }])
                    { Caption = "The higher the better, and the further left; several models together by averaged logits." },
                ],
            Tables =
            [
                new ReportTable(
                    $"{prefix}-table",
                    "In nats a token",
                    ["continuation", "replay", .. LossColumns],
                    [
                        .. continuations.Select((each, i) => (IReadOnlyList<ReportCell>)
                        [
                            ReportCell.Of(labels[i]), ReportCell.Percent(each.Replay), .. Cells(Last(each.New.Before), Last(each.New.After), isGain: true), .. Cells(Last(each.Old?.Before), Last(each.Old?.After), isGain: false),
                        ]),
                    ]),
            ],
        };
    }

    /// <summary>What a page of one continuation begins with.</summary>
    public static IReadOnlyList<KeyFigure> FiguresOf(ContinuationSource continuation)
    {
        string together = continuation.Record.After.Count > 1 ? $", {continuation.Record.After.Count} together" : "";
        return
        [
            new KeyFigure("gain on the new text", ReportCell.Loss(continuation.Gain), "nats a token"),
            new KeyFigure($"loss on the new text{together}", ReportCell.Loss(Last(continuation.New.After)), $"{ReportCell.Loss(Last(continuation.New.Before)).Text} before"),
            .. continuation.Old is { } old
                ? new[]
                {
                    new KeyFigure("forgotten of the old text", ReportCell.Loss(continuation.Forgotten), "nats a token"),
                    new KeyFigure($"loss on the old text{together}", ReportCell.Loss(Last(old.After)), $"{ReportCell.Loss(Last(old.Before)).Text} before"),
                }
                : [],
        ];
    }

    private static ChartPoint PointOf(ContinuationSource source, string label) => new(source.Forgotten!.Value, source.Gain, label);

    private static IReadOnlyList<string> LabelsOf(IReadOnlyList<ContinuationSource> continuations) => ResultLabels.Of(
        [.. continuations.Select(each => (each.Name, each.IsOfStudy, each))],
        [
            ("models", each => $"{each.Record.After.Count}"),
            ("replay", each => each.Replay is { } replay ? ReportNumber.Brief(replay) : ""),
            ("epochs", each => each.Config is { } config ? $"{config.Epochs}" : ""),
            ("lr", each => each.Config is { } config ? ReportNumber.Brief(config.LearningRate) : ""),
            ("wd", each => each.Config is { } config ? ReportNumber.Brief(config.WeightDecay) : ""),
        ]);

    private static IEnumerable<string> Words(ContinuationSource continuation)
    {
        int before = continuation.Record.Before.Count, after = continuation.Record.After.Count;
        string models = after == 1 ? "One model went on" : before == 1 ? $"One model went on {after} times" : $"{after} models went on, each by itself,";
        string recipe = continuation.Config is { } config
            ? $" with {ReportCell.Count(config.Tokens).Text} tokens of other text, {Length(config)}, at a learning rate of {ReportNumber.Brief(config.LearningRate)} and a weight decay of {ReportNumber.Brief(config.WeightDecay)}"
            : " with other text";
        string replay = continuation.Replay switch
        {
            null => "",
            0 => "; nothing of the old text was replayed",
            { } share => $"; {ReportCell.Percent(share).Text} of every step's windows were of the old text",
        };
        yield return $"{models}{recipe}{replay}.";
        string together = after > 1 ? ", all together by averaged logits," : "";
        yield return $"On the new text the loss{together} {Change(continuation.New.Change)}{(continuation.Old is { } old ? $"; on the old text it {Change(old.Change)}" : "")}, in nats a token.";
    }

    private static string Length(TrainingConfig config) =>
        config.StepLimit is { } steps ? $"{ReportCell.Count(steps).Text} steps" : config.Epochs == 1 ? "1 epoch" : $"{config.Epochs} epochs";

    private static string Change(double change) => $"{(change < 0 ? "fell" : "rose")} by {ReportCell.Loss(Math.Abs(change)).Text}";

    /// <summary>The loss of the first K models before and after, on each text.</summary>
    private static IEnumerable<Chart> Together(string prefix, ContinuationSource continuation)
    {
        (string Text, BeforeAndAfter Losses)[] texts = [("new", continuation.New), .. continuation.Old is { } old ? new[] { ("old", old) } : []];
        return texts.Select(each => new Chart(
            $"{prefix}-members-{each.Text}",
            $"First K models together, {each.Text} text",
            new ChartAxis("members K", ScaleKind.Logarithmic) { Ticks = [.. EnsembleSections.Doublings(each.Losses.After.LogitAverage.Count)] },
            new ChartAxis("validation loss, nats a token"),
            [.. new[] { each.Losses.Before, each.Losses.After }.Select((scores, side) => new ChartSeries(Sides[side], side, [.. scores.LogitAverage.Select((loss, k) => new ChartPoint(k + 1, loss))]) { Mark = ChartMark.LineAndPoints })])
        { IsHalf = texts.Length > 1 });
    }

    private static Chart Moved(string prefix, ContinuationSource continuation) => new(
        $"{prefix}-moved",
        "Before and after",
        new ChartAxis("continued pre-training", ScaleKind.Ordinal) { Categories = Sides },
        new ChartAxis("validation loss, nats a token"),
        [
            Line("new text", 0, continuation.New),
            .. continuation.Old is { } old ? new[] { Line("old text", 1, old) } : [],
        ]);

    private static ChartSeries Line(string name, int colour, BeforeAndAfter losses) =>
        new(name, colour, [new ChartPoint(0, losses.Before.LogitAverage[^1]), new ChartPoint(1, losses.After.LogitAverage[^1])]) { Mark = ChartMark.LineAndPoints };

    /// <summary>The continued runs' own validation losses, from what each started with.</summary>
    private static Chart OnTheWay(string prefix, ContinuationSource continuation)
    {
        (RunSummary Run, int Number)[] here = [.. continuation.After.Select((run, i) => (run!, i)).Where(each => each.Item1 is { Config: not null }).Take(RunCurves.MostRuns)];
        string more = here.Length < continuation.After.Count ? $" {here.Length} of {continuation.After.Count} runs are drawn." : "";
        return new Chart(
            $"{prefix}-on-the-way",
            "Loss on the new text on the way",
            new ChartAxis("optimizer steps") { Style = NumberStyle.Count, Includes = [0] },
            new ChartAxis("validation loss, nats a token"),
            [
                .. here.Select(each =>
                {
                    ChartPoint[] points = [new ChartPoint(0, continuation.New.Before.Members[continuation.StartOf(each.Number)], "before"), .. SavedRun.ValidationCurve(each.Run)];
                    return new ChartSeries(here.Length == 1 ? "alone" : $"run {each.Number + 1} alone", each.Number, points) { Mark = SavedRun.MarkOf(points), IsInLegend = here.Length > 1 };
                }),
            ])
        { Caption = $"At 0: the loss before, of each model alone.{more}" };
    }

    private static ReportTable Losses(string prefix, ContinuationSource continuation)
    {
        return new ReportTable(
            $"{prefix}-losses",
            "Losses in nats a token" + (continuation.Record.After.Count > 1 ? ", together by averaged logits" : ""),
            ["validation text", "before", "after", "change", "bits per byte before", "bits per byte after", "tokens"],
            [.. Rows("new", continuation.New), .. continuation.Old is { } old ? Rows("old", old) : []]);

        static IEnumerable<IReadOnlyList<ReportCell>> Rows(string text, BeforeAndAfter losses)
        {
            yield return Row(text, losses, Last(losses.Before)!.Value, Last(losses.After)!.Value);
            if (losses.After.Members.Count > 1)
                yield return Row($"{text}, mean of each alone", losses, losses.Before.Members.Average(), losses.After.Members.Average());
        }

        static IReadOnlyList<ReportCell> Row(string text, BeforeAndAfter losses, double before, double after) =>
        [
            ReportCell.Of(text), ReportCell.Loss(before), ReportCell.Loss(after), ReportCell.Loss(after - before), ReportCell.Loss(losses.Before.BitsPerByte(before)),
            ReportCell.Loss(losses.After.BitsPerByte(after)), ReportCell.Count(losses.After.Tokens),
        ];
    }

    private static ReportTable Members(string prefix, ContinuationSource continuation) => new(
        $"{prefix}-runs",
        "Each model alone, in nats a token",
        ["model", .. LossColumns, "run", "went on from"],
        [
            .. continuation.Record.After.Select((id, i) => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Count(i + 1),
                .. Cells(continuation.New.Before.Members[continuation.StartOf(i)], continuation.New.After.Members[i], isGain: true),
                .. Cells(continuation.Old?.Before.Members[continuation.StartOf(i)], continuation.Old?.After.Members[i], isGain: false),
                ReportCell.Of(id), ReportCell.Of(continuation.Record.Before[continuation.StartOf(i)]),
            ]),
        ]);

    /// <summary>Before, after, and by how much that is better or worse.</summary>
    private static ReportCell[] Cells(double? before, double? after, bool isGain) =>
        [ReportCell.Loss(before), ReportCell.Loss(after), ReportCell.Loss(isGain ? before - after : after - before)];

    private static double? Last(EnsembleScores? scores) => scores?.LogitAverage[^1];
}
