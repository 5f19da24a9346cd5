using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tuning;

/// <summary>
/// The validation loss of runs, or of the averaged logits of ensembles of them, as an objective. What the store of runs has
/// is taken from there; runs that diverged are infinite and not tried again.
/// </summary>
/// <param name="plan">Says which runs a trial is.</param>
/// <param name="store">Of the runs; ensembles lie in it.</param>
/// <param name="sources">What every run reads.</param>
/// <param name="train">
/// Brings runs, none twice, to their end in the store, or to a <see cref="RunDivergence"/> written there; throws when it is
/// interrupted.
/// </param>
/// <param name="measure">The scores of an ensemble of finished runs.</param>
/// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
public sealed class RunObjective(
    TuningPlan plan,
    RunStore store,
    TrainingSources sources,
    Action<IReadOnlyList<PlannedRun>> train,
    Func<IReadOnlyList<EnsembleMember>, EnsembleScores> measure,
    Action<string>? warn = null) : ITuningObjective
{
    /// <summary>Where the ensembles lie that belong to a store of runs.</summary>
    private readonly string ensembles = Path.Combine(store.Root, "ensembles");

    public IReadOnlyList<TrialOutcome> Run(IReadOnlyList<TuningTrial> trials)
    {
        PlannedRun[][] runs = [.. trials.Select(trial => plan.RunsOf(trial).Select(config => new PlannedRun(config, store.PathOf(config), sources)).ToArray())];
        PlannedRun[] open = [.. runs.SelectMany(each => each).Where(IsOpen)];
        if (open.Length > 0)
            train(open);
        return [.. runs.Select(OutcomeOf)];
    }

    private static bool IsOpen(PlannedRun run) =>
        RunFolder.FindResult(run.Folder, run.Config) is null && RunDivergence.Find(run.Folder, run.Config) is null;

    private TrialOutcome OutcomeOf(PlannedRun[] runs)
    {
        string[] ids = [.. runs.Select(run => run.Config.Id)];
        RunDivergence? divergence = runs.Select(run => RunDivergence.Find(run.Folder, run.Config)).FirstOrDefault(found => found is not null);
        return divergence is not null
            ? new TrialOutcome { Loss = double.PositiveInfinity, Runs = ids, Divergence = divergence.Message }
            : new TrialOutcome { Loss = runs is [var single] ? LossOf(single) : LossOf(runs), Runs = ids };
    }

    private static double LossOf(PlannedRun run) =>
        RunFolder.FindResult(run.Folder, run.Config)?.ValLoss
        ?? throw new InvalidOperationException($"The run in '{run.Folder}' was trained, and has neither a result nor diverged.");

    private double LossOf(PlannedRun[] runs)
    {
        long? validationTokens = plan.Config.ValidationTokens;
        // To find scores takes no checkpoints: those of runs that were measured may be gone.
        EnsembleMember[] named = [.. runs.Select(run => new EnsembleMember(run.Folder, run.Config, ModelPath: ""))];
        EnsembleScores scores = EnsembleFolder.FindScores(ensembles, named, validationTokens) ?? Measure();
        return scores.LogitAverage[^1];

        EnsembleScores Measure()
        {
            IReadOnlyList<EnsembleMember> members = EnsembleMember.Open([.. runs.Select(run => run.Folder)], warn);
            return EnsembleFolder.FindOrMeasure(ensembles, members, validationTokens, () => measure(members)).Scores;
        }
    }
}
