using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Makes a report of what lies in folders.</summary>
public static class ReportBuilder
{
    private const int MostFigures = 6;

    /// <param name="paths">One at least: folders of runs, ensembles, tunings, continuations, distillations, studies, or of such; files of fits.</param>
    /// <param name="title">Null for one that says what it is of.</param>
    /// <exception cref="InputException">A path holds nothing to report, or what it holds cannot be read.</exception>
    public static Report Of(IReadOnlyList<string> paths, string? title = null)
    {
        var sources = ReportSources.Read(paths);
        IReadOnlyList<IReadOnlyList<DistillationSource>> chains = DistillationSource.Chains(sources.Distillations);
        IReadOnlyList<DistillationSource>[] unnamed = [.. chains.Where(chain => !chain[0].IsOfStudy)];
        return new Report(
            title ?? TitleOf(sources, chains),
            SubtitleOf(sources),
            FiguresOf(sources, chains),
            [
                .. sources.Studies.SelectMany((study, i) => StudySections.Of($"study-{i + 1}", Numbered("Study", study.Name, sources.Studies.Count), study)),
                .. sources.Tunings.Select((tuning, i) => TuningSections.Of($"tuning-{i + 1}", Numbered("Tuning", tuning.Id, sources.Tunings.Count), tuning)),
                .. sources.Ensembles.Select((ensemble, i) => EnsembleSections.Of($"ensemble-{i + 1}", Numbered("Ensemble", ensemble.Name, sources.Ensembles.Count), ensemble.Losses)),
                .. unnamed.Length > 1 ? new[] { SideBySide(unnamed) } : [],
                .. chains.Select((chain, i) => DistillationSections.Of($"distillation-{i + 1}", chain[0].IsOfStudy ? $"Distillation {chain[0].Name}" : Numbered("Distillation", chain[0].Name, chains.Count), chain, chains.Count > 1)),
                .. sources.Continuations.Count > 1 ? new[] { ContinuationSections.SideBySide("continuations", sources.Continuations) } : [],
                .. sources.Continuations.Select((each, i) => ContinuationSections.Of($"continuation-{i + 1}", each.IsOfStudy ? $"Continuation {each.Name}" : Numbered("Continuation", each.Name, sources.Continuations.Count), each)),
                .. BranchSections.Of(sources.Runs),
                .. sources.Fits.Select((fit, i) => FitSections.Of($"fit-{i + 1}", sources.Fits.Count == 1 ? $"The law {fit.Fit.Law}" : $"{fit.Name}: the law {fit.Fit.Law}", fit.Fit)),
                .. SectionsOf("runs", sources.Runs),
            ]);
    }

    /// <summary>Scaling, curves, results, configurations and environments of runs; none where there are none.</summary>
    /// <param name="prefix">Of the ids.</param>
    /// <param name="runs">Of any state.</param>
    public static IReadOnlyList<ReportSection> SectionsOf(string prefix, IReadOnlyList<RunSummary> runs)
    {
        if (runs.Count == 0)
            return [];
        RunSummary[] whole = [.. runs.Where(run => run is { Config: not null, State: not RunState.Damaged })];
        RunSummary[] drawn = [.. whole.OrderBy(run => run.Result?.ValLoss ?? double.PositiveInfinity).Take(RunCurves.MostRuns)];
        var sections = new List<ReportSection>();
        if (ScalingSections.Of($"{prefix}-scaling", whole) is { } scaling)
            sections.Add(scaling);
        if (drawn.Length > 0)
        {
            sections.Add(new ReportSection($"{prefix}-curves", drawn.Length == 1 ? "Training" : "Training curves")
            {
                Text = drawn.Length < whole.Length ? [$"The {drawn.Length} runs with the lowest validation losses of {whole.Length} are drawn."] : [],
                Charts = RunCurves.Of(prefix, drawn),
            });
        }

        sections.Add(new ReportSection($"{prefix}-results", "Results") { Tables = [runs.Count == 1 ? RunTables.Result($"{prefix}-table", runs[0]) : RunTables.Results($"{prefix}-table", runs)] });
        if (whole.Length > 0)
        {
            sections.Add(new ReportSection($"{prefix}-settings", "Configuration and environment")
            {
                Tables = [.. RunTables.Configurations(prefix, whole), .. RunTables.Environments($"{prefix}-environment", whole) is { } environments ? new[] { environments } : []],
            });
        }

        return sections;
    }

    private static string Numbered(string kind, string name, int count) => count == 1 ? kind : $"{kind} {name}";

    private static ReportSection SideBySide(IReadOnlyList<DistillationSource>[] chains)
    {
        (Chart chart, ReportTable table) = DistillationSections.SideBySide("distillations", DistillationSections.LossesOf(chains));
        return new ReportSection("distillations", "Distillations side by side") { Charts = [chart], Tables = [table] };
    }

    private static string TitleOf(ReportSources sources, IReadOnlyList<IReadOnlyList<DistillationSource>> chains) =>
        sources.Studies is [var study] ? $"Study {study.Name}" : (sources.Tunings.Count, sources.Ensembles.Count, chains.Count, sources.Continuations.Count, sources.Fits.Count, sources.Runs.Count) switch
        {
            (1, 0, 0, 0, 0, _) => $"Tuning {sources.Tunings[0].Id}",
            (0, 1, 0, 0, 0, _) when sources.Runs.Count == sources.Ensembles[0].Members.Count => $"Ensemble of {sources.Runs.Count}",
            (0, 0, 1, 0, 0, _) => $"Distillation {chains[0][0].Name}",
            (0, 0, 0, 1, 0, _) => $"Continuation {sources.Continuations[0].Name}",
            (0, 0, 0, 0, 1, 0) => $"Fit of the law {sources.Fits[0].Fit.Law}",
            (0, 0, 0, 0, 0, 1) => $"Run {sources.Runs[0].Name}",
            _ => string.Join(", ", new[]
            {
                Counted(sources.Studies.Count, "study"), Counted(sources.Tunings.Count, "tuning"), Counted(sources.Ensembles.Count, "ensemble"), Counted(chains.Count, "distillation"),
                Counted(sources.Continuations.Count, "continuation"), Counted(sources.Fits.Count, "fit"), Counted(sources.Runs.Count, "run"),
            }.Where(text => text.Length > 0)),
        };

    private static string Counted(int count, string what) => count switch { 0 => "", 1 => $"1 {what}", _ => $"{count} {what.TrimEnd('y')}{(what.EndsWith('y') ? "ies" : "s")}" };

    private static string SubtitleOf(ReportSources sources)
    {
        TrainingConfig[] configs = [.. sources.Runs.Where(run => run.Config is not null).Select(run => run.Config!), .. sources.Tunings.Select(tuning => tuning.Plan.Config)];
        if (configs.Length == 0)
            return sources.Fits.Count > 0 && LawLibrary.All.FirstOrDefault(law => law.Name == sources.Fits[0].Fit.Law) is { } fitted ? $"{fitted.Form}; after {fitted.Source}." : "";
        string models = string.Join(", ", configs.Select(config => $"{RunLabels.ModelName(config)} ({ReportCell.Count(config.Model.ParameterCount).Text} parameters)").Distinct().Take(6));
        string tokens = string.Join(", ", configs.Select(config => config.Tokens).Distinct().Order().Select(count => ReportCell.Count(count).Text).Take(6));
        string datasets = string.Join(", ", configs.Select(config => config.DatasetHash[..Math.Min(8, config.DatasetHash.Length)]).Distinct().Take(4));
        return $"{models}; {tokens} training tokens of the dataset {datasets}. Losses in nats a token.";
    }

    private static IReadOnlyList<KeyFigure> FiguresOf(ReportSources sources, IReadOnlyList<IReadOnlyList<DistillationSource>> chains)
    {
        if (chains is [var chain] && sources is { Tunings.Count: 0, Ensembles.Count: 0, Continuations.Count: 0, Studies.Count: 0 })
            return DistillationSections.FiguresOf(chain);
        if (chains.Count == 0 && sources is { Continuations: [var continuation], Tunings.Count: 0, Ensembles.Count: 0, Studies.Count: 0 })
            return ContinuationSections.FiguresOf(continuation);
        if (sources is { Tunings: [var tuning], Ensembles.Count: 0, Studies.Count: 0 })
        {
            return
            [
                new KeyFigure("validation loss at the optimum", ReportCell.Loss(tuning.Search.Loss), tuning.Search.Certificate.IsCertified ? "certified" : "not certified"),
                new KeyFigure("learning rate", ReportCell.Of(tuning.Search.Optimum.LearningRate)),
                new KeyFigure("epochs", ReportCell.Count(tuning.Search.Optimum.Epochs)),
                new KeyFigure("weight decay", ReportCell.Of(tuning.Search.Optimum.WeightDecay)),
            ];
        }

        if (sources is { Ensembles: [var ensemble], Studies.Count: 0 })
        {
            double loss = ensemble.Scores.LogitAverage[^1];
            return
            [
                new KeyFigure($"validation loss of {ensemble.Members.Count} together", ReportCell.Loss(loss), "logits averaged"),
                new KeyFigure("one member alone", ReportCell.Loss(ensemble.Scores.Members.Average()), "mean"),
                new KeyFigure("bits per byte", ReportCell.Loss(ensemble.Scores.BitsPerByte(loss))),
                new KeyFigure("probabilities averaged", ReportCell.Loss(ensemble.Scores.ProbabilityAverage[^1])),
            ];
        }

        if (sources.Fits is [{ Fit.Parameters.Count: <= MostFigures } fit] && sources.Runs.Count == 0)
            return [.. fit.Fit.Parameters.Select(each => new KeyFigure(each.Key, ReportCell.Of(each.Value), fit.Fit.IntervalOf(each.Key) is { } interval ? $"{ReportNumber.Brief(interval.Low)} to {ReportNumber.Brief(interval.High)}" : ""))];
        return sources.Runs.Where(run => run.Result is not null).MinBy(run => run.Result!.ValLoss) is { Result: { } result } best
            ? OfBest(best, result, sources.Runs.Count)
            : [.. sources.Runs.Take(1).Select(run => new KeyFigure("state", ReportCell.Of(run.StateInWords)))];
    }

    private static IReadOnlyList<KeyFigure> OfBest(RunSummary run, RunResult result, int runs) =>
    [
        new KeyFigure(runs == 1 ? "validation loss" : "lowest validation loss", ReportCell.Loss(result.ValLoss), runs == 1 ? "nats a token" : run.Name),
        new KeyFigure("bits per byte", ReportCell.Loss(result.BitsPerByte)),
        new KeyFigure("training loss", ReportCell.Loss(result.TrainLoss), "the last epoch's"),
        new KeyFigure("parameters", ReportCell.Count(result.Parameters)),
        new KeyFigure("tokens trained on", ReportCell.Count(result.Tokens), $"{ReportCell.Count(run.Config!.Tokens).Text} unique"),
        new KeyFigure("took", ReportCell.Duration(result.Seconds), $"{ReportNumber.Brief(double.Parse(result.TrainingFlops.ToString("E2", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture))} FLOPs"),
    ];
}
