using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Decays that were branched from one stable run: what each length of decay came to.</summary>
internal static class BranchSections
{
    /// <summary>A section for each stable run that several of the runs, or one and itself, tell of; none where no run is a branch.</summary>
    public static IEnumerable<ReportSection> Of(IReadOnlyList<RunSummary> runs)
    {
        IGrouping<string, RunSummary>[] groups =
        [
            .. runs.Where(run => run is { State: not RunState.Damaged, Config.Start.State: StartState.Everything }).GroupBy(run => run.Config!.Start!.RunId),
        ];
        return groups.Select((group, i) => Of(
            $"branches-{i + 1}",
            groups.Length == 1 ? "Branched decays" : $"Decays branched from {group.Key}",
            runs.FirstOrDefault(run => run.Config?.Id == group.Key && run.State != RunState.Damaged),
            [.. group.OrderBy(run => run.Config!.Steps)]));
    }

    private static ReportSection Of(string prefix, string title, RunSummary? stable, RunSummary[] branches)
    {
        RunSummary[] drawn = [.. branches.Take(RunCurves.MostRuns)];
        IReadOnlyList<ChartPoint> held = SavedRun.ValidationCurve(stable, stable?.Config?.Start?.DataStep ?? 0);
        return new ReportSection(prefix, title)
        {
            Text = [$"From {branches[0].Config!.Start!.RunId}, whose learning rate stayed at its peak for {ReportCell.Count(StepsBefore(branches[0])).Text} steps, the learning rate falls to 0 over so many more steps each: the stable part is paid once."],
            Charts =
            [
                new Chart(
                    $"{prefix}-loss",
                    "Validation loss of the stable run and of its decays",
                    new ChartAxis("optimizer steps, the stable run's and the decay's") { Style = NumberStyle.Count, Includes = [0] },
                    new ChartAxis("validation loss, nats a token"),
                    [
                        .. held.Count > 0 ? new[] { new ChartSeries("stable", -1, held) { Mark = SavedRun.MarkOf(held) } } : [],
                        .. drawn.Select((branch, i) =>
                        {
                            ChartPoint[] points = [.. held.Where(point => point.X == StepsBefore(branch)).TakeLast(1), .. SavedRun.ValidationCurve(branch, StepsBefore(branch))];
                            return new ChartSeries($"{ReportCell.Count(branch.Config!.Steps).Text} steps of decay", i, points) { Mark = SavedRun.MarkOf(points) };
                        }),
                    ])
                { Caption = drawn.Length < branches.Length ? $"The {drawn.Length} shortest of {branches.Length} decays are drawn." : "" },
            ],
            Tables =
            [
                new ReportTable(
                    $"{prefix}-table",
                    "The shortest decay first",
                    ["run", "state", "stable steps", "decay steps", "validation loss", "bits per byte", "took"],
                    [
                        .. branches.Select(branch => (IReadOnlyList<ReportCell>)
                        [
                            ReportCell.Of(branch.Name), ReportCell.Of(branch.StateInWords), ReportCell.Count(StepsBefore(branch)), ReportCell.Count(branch.Config!.Steps),
                            ReportCell.Loss(branch.Result?.ValLoss), ReportCell.Loss(branch.Result?.BitsPerByte), ReportCell.Duration(branch.Result?.Seconds),
                        ]),
                    ]),
            ],
        };
    }

    private static long StepsBefore(RunSummary branch) => branch.Config!.Start!.DataStep;
}
