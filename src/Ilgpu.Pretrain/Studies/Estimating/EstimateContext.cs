using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>What steps estimate with: results that are there, and upper bounds of those that are not.</summary>
internal sealed class EstimateContext(StudyContext context)
{
    private readonly Dictionary<StudyStep, StepEstimate> estimates = [];

    /// <summary>Estimates a step behind those that it needs.</summary>
    public StepEstimate Add(StudyStep step)
    {
        Find(step);
        return estimates[step] = step.Estimate(this);
    }

    /// <summary>A step's result where it is there, or null.</summary>
    public StepResult? Find(StudyStep step)
    {
        if (context.FindResult(step) is { } known)
            return known;
        if (!step.Needs.All(need => context.FindResult(need) is not null) || step.Find(context) is not { } found)
            return null;
        context.SetResult(step, found);
        return found;
    }

    /// <summary>The runs that a step's name stands for; none of a step that is skipped.</summary>
    public IReadOnlyList<RunEstimate> RunsOf(StudyStep step) => estimates.TryGetValue(step, out StepEstimate? estimate) ? estimate.Referred : [];

    /// <summary>What settings say, with the largest optimum where a tuning has none yet.</summary>
    public TrainingConfig UpperConfig(RunSettings settings, Place place) =>
        IsOpen(settings) ? context.Configure(settings, place, settings.Tuning!.UpperOptimum(this)) : context.Configure(settings, place);

    public TrainingConfig ConfigureOn(RunSettings settings, TrainingConfig start, Place place) => context.ConfigureOn(settings, start, place);

    public RunEstimate Estimate(string name, RunSettings settings, Place place, uint later = 0) =>
        EstimateOf(name, Seeds.After(UpperConfig(settings, place), later), IsOpen(settings));

    public RunEstimate EstimateOf(string name, TrainingConfig config, bool isUpper)
    {
        long all = context.Study.Datasets.Select(context.FindResult).OfType<DatasetResult>().First(result => result.Identity.Hash == config.DatasetHash).Identity.ValidationTokens;
        return new RunEstimate(name, config, Math.Min(config.ValidationTokens ?? all, all), isUpper, context.FindRun(name, config) is not null);
    }

    /// <summary>Whether settings wait for a tuning.</summary>
    public bool IsOpen(RunSettings settings) => settings.Tuning is { } tuning && Find(tuning) is null;
}
