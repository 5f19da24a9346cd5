namespace Ilgpu.Pretrain.Studies;

/// <summary>What of a study goes into a ledger: datasets by their hashes, runs by configuration and result, ensembles by scores, tunings, evaluations, fits.</summary>
internal static class LedgerWriter
{
    public static IEnumerable<LedgerLine> LinesOf(StudyOutcome outcome, StudyOptions options)
    {
        foreach (StepReport step in outcome.Steps)
        {
            if (step.Result is DatasetResult dataset)
                yield return new LedgerLine { Kind = LedgerLine.DatasetKind, Name = step.Step.Name, Key = dataset.LedgerKey, Dataset = dataset.Identity };
            if (step.Result is DistillationResult { Corpus: { } corpus })
                yield return new LedgerLine { Kind = LedgerLine.DatasetKind, Name = $"{step.Step.Name}, synthetic", Key = corpus.LedgerKey, Dataset = corpus.Identity };
        }

        foreach (StudyRun run in NamedBySteps(outcome).OrderBy(run => run.Name, StringComparer.Ordinal).ThenBy(run => run.Config.Id, StringComparer.Ordinal))
        {
            yield return new LedgerLine
            {
                Kind = LedgerLine.RunKind,
                Name = run.Name,
                Config = run.Config,
                Result = run.Result,
                Machine = run.Folder is null ? options.Ledger.FindRun(run.Config.Id)?.Machine : StudyLedger.MachineOf(run.Folder),
            };
        }

        foreach (StepReport step in outcome.Steps)
        {
            foreach (TaskAccuracy accuracy in (step.Result as EvaluationResult)?.Accuracies ?? [])
                yield return new LedgerLine { Kind = LedgerLine.EvaluationKind, Name = step.Step.Name, Accuracy = accuracy };
        }

        foreach (StepReport step in outcome.Steps)
        {
            LedgerLine? line = step.Result switch
            {
                EnsembleResult ensemble => new LedgerLine
                {
                    Kind = LedgerLine.EnsembleKind,
                    Name = step.Step.Name,
                    Members = [.. ensemble.Configs.Select(config => config.Id)],
                    ValidationTokens = ensemble.Configs[0].ValidationTokens,
                    Scores = ensemble.Scores,
                },
                TunedResult tuned => new LedgerLine { Kind = LedgerLine.TuningKind, Name = step.Step.Name, Tuning = tuned.Tuning },
                FitResult fit => new LedgerLine { Kind = LedgerLine.FitKind, Name = step.Step.Name, Fit = fit.Json },
                _ => null,
            };
            if (line is not null)
                yield return line;
        }
    }

    /// <summary>A run that several steps asked for has the first one's name: which of them asked first is chance.</summary>
    private static IEnumerable<StudyRun> NamedBySteps(StudyOutcome outcome)
    {
        var names = new Dictionary<string, string>();
        foreach (StudyRun run in outcome.Steps.SelectMany(step => step.Result?.Runs ?? []))
            names.TryAdd(run.Config.Id, run.Name);
        return outcome.Runs.Select(run => run with { Name = names.GetValueOrDefault(run.Config.Id, run.Name) });
    }
}
