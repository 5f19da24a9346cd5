namespace Ilgpu.Pretrain.Reporting;

/// <summary>A study: its steps and their losses, then its ensembles and fits.</summary>
internal static class StudySections
{
    /// <summary>Steps whose names still have room below an axis.</summary>
    private const int MostNames = 10;

    private const int MostCurves = 8;

    public static IEnumerable<ReportSection> Of(string prefix, string title, SavedStudy study)
    {
        StudentLosses[] students = [.. study.Steps.Where(step => step.TeacherLoss is not null).Select(step => new StudentLosses(step.Name, step.Needs is [var teacher, ..] ? teacher : null, step.TeacherLoss, step.BaselineLoss, step.Loss, step.ShareKept))];
        (Chart Chart, ReportTable Table)? taught = students.Length > 0 ? DistillationSections.SideBySide(prefix, students) : null;
        yield return new ReportSection(prefix, title)
        {
            Text = [Words(study)],
            Charts = [.. StudyScaling.Of(prefix, study), .. Losses(prefix, study), .. Members(prefix, study), .. taught is { } drawn ? new[] { drawn.Chart } : []],
            Tables = [Steps(prefix, study), .. taught is { } told ? new[] { told.Table } : [], .. Accuracies(prefix, study), .. Runs(prefix, study)],
        };
        foreach ((SavedStep step, int number) in study.Steps.Select((step, i) => (step, i + 1)))
        {
            if (step.Scores is { } scores)
                yield return EnsembleSections.Of($"{prefix}-step-{number}", $"Ensemble {step.Name}", new EnsembleLosses(scores, [.. Enumerable.Range(0, scores.Members.Count).Select(member => step.Runs?.ElementAtOrDefault(member)?.Name ?? $"member {member + 1}")]));
            else if (step.Fit is { } fit)
                yield return FitSections.Of($"{prefix}-step-{number}", $"Fit {step.Name}", SavedFit.Of(fit, step.Name));
        }
    }

    private static string Words(SavedStudy study)
    {
        string states = string.Join(", ", study.Steps.GroupBy(step => step.State).Select(same => $"{same.Count()} {same.Key}"));
        string overhead = study is { Seconds: > 0 and { } all, BusySeconds: { } busy } ? $" It took {ReportCell.Duration(all).Text} the last time, {ReportCell.Duration(Math.Max(0, all - busy)).Text} of them not spent on its runs." : "";
        return $"{study.Steps.Count} steps: {states}.{overhead}";
    }

    /// <summary>What each step with a loss came to.</summary>
    private static IEnumerable<Chart> Losses(string prefix, SavedStudy study)
    {
        SavedStep[] steps = [.. study.Steps.Where(step => step.Loss is not null)];
        if (steps.Length < 2)
            yield break;
        string[] kinds = [.. steps.Select(step => step.Kind).Distinct()];
        yield return new Chart(
            $"{prefix}-losses",
            "Validation loss by step",
            new ChartAxis("step", ScaleKind.Ordinal) { Categories = [.. steps.Select((step, i) => steps.Length <= MostNames ? step.Name : $"{i + 1}")] },
            new ChartAxis("validation loss, nats a token"),
            [
                .. kinds.Select((kind, k) => new ChartSeries(kind, k, [.. steps.Select((step, i) => (step, i)).Where(each => each.step.Kind == kind).Select(each => new ChartPoint(each.i, each.step.Loss!.Value, each.step.Name))]) { Mark = ChartMark.Points }),
            ])
        {
            Caption = "Of several runs the lowest loss; of an ensemble that of all its members, logits averaged." + (steps.Length <= MostNames ? "" : " Steps are numbered in their order."),
        };
    }

    /// <summary>L(K) of all ensembles in one picture.</summary>
    private static IEnumerable<Chart> Members(string prefix, SavedStudy study)
    {
        SavedStep[] ensembles = [.. study.Steps.Where(step => step.Scores is { LogitAverage.Count: > 1 })];
        if (ensembles.Length < 2)
            yield break;
        yield return new Chart(
            $"{prefix}-members",
            "Ensembles side by side",
            new ChartAxis("members K", ScaleKind.Logarithmic) { Ticks = [.. EnsembleSections.Doublings(ensembles.Max(step => step.Scores!.LogitAverage.Count))] },
            new ChartAxis("validation loss, nats a token"),
            [.. ensembles.Take(MostCurves).Select((step, i) => new ChartSeries(step.Name, i, [.. step.Scores!.LogitAverage.Select((loss, k) => new ChartPoint(k + 1, loss))]) { Mark = ChartMark.LineAndPoints })])
        {
            Caption = "Logits averaged over the first K members." + (ensembles.Length > MostCurves ? $" The first {MostCurves} of {ensembles.Length} are drawn." : ""),
        };
    }

    private static ReportTable Steps(string prefix, SavedStudy study) => new(
        $"{prefix}-steps",
        "Steps",
        ["step", "kind", "state", "validation loss", "runs", "took", "needs", "message"],
        [
            .. study.Steps.Select(step => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Of(step.Name), ReportCell.Of(step.Kind), ReportCell.Of(step.State), ReportCell.Loss(step.Loss), ReportCell.Count(step.Runs?.Count),
                ReportCell.Duration(step.Seconds), ReportCell.Of(string.Join(", ", step.Needs)), ReportCell.Of(step.Message ?? ""),
            ]),
        ]);

    private static IEnumerable<ReportTable> Accuracies(string prefix, SavedStudy study)
    {
        foreach ((SavedStep step, int number) in study.Steps.Select((step, i) => (step, i + 1)).Where(each => each.step.Accuracies is { Count: > 0 }))
        {
            yield return new ReportTable(
                $"{prefix}-accuracies-{number}",
                $"{step.Name}: {step.Accuracies![0].Task}",
                ["models of", "members", "rows", "accuracy", "standard error", "one member", "by bytes"],
                [
                    .. step.Accuracies.Select(each => (IReadOnlyList<ReportCell>)
                    [
                        ReportCell.Of(each.Of), ReportCell.Count(each.Members.Count), ReportCell.Count(each.Rows), ReportCell.Loss(each.Accuracy),
                        ReportCell.Loss(each.StandardError), ReportCell.Loss(each.AccuracyByK.Cast<double?>().FirstOrDefault()), ReportCell.Loss(each.AccuracyNorm),
                    ]),
                ]);
        }
    }

    private static IEnumerable<ReportTable> Runs(string prefix, SavedStudy study)
    {
        SavedStudyRun[] runs = [.. study.Steps.SelectMany(step => step.Runs ?? []).DistinctBy(run => run.Id).OrderBy(run => run.ValLoss)];
        if (runs.Length == 0)
            yield break;
        yield return new ReportTable(
            $"{prefix}-runs",
            "Runs, the lowest validation loss first",
            ["run", "id", "parameters", "tokens", "epochs", "lr", "wd", "validation loss", "bits per byte", "took"],
            [
                .. runs.Select(run => (IReadOnlyList<ReportCell>)
                [
                    ReportCell.Of(run.Name), ReportCell.Of(run.Id), ReportCell.Count(run.Parameters), ReportCell.Count(run.Tokens), ReportCell.Count(run.Epochs), ReportCell.Of(run.LearningRate),
                    ReportCell.Of(run.WeightDecay), ReportCell.Loss(run.ValLoss), ReportCell.Loss(run.BitsPerByte), ReportCell.Duration(run.Seconds),
                ]),
            ]);
    }
}
