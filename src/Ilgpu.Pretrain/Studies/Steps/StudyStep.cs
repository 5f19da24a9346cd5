using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>One thing that a study does: a node of its graph.</summary>
public abstract class StudyStep
{
    private protected StudyStep(string name, Place place)
    {
        Name = name;
        Place = place;
    }

    public string Name { get; }

    /// <summary>The name before its variables got their values, which steps have in common that differ in these alone; null without variables.</summary>
    public string? Family { get; internal set; }

    /// <summary>For people and study.json: <c>run</c>, <c>ensemble</c>, ...</summary>
    public abstract string Kind { get; }

    /// <summary>Whether the study does without it where its data is not there.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Steps whose results this one needs.</summary>
    public abstract IReadOnlyList<StudyStep> Needs { get; }

    internal Place Place { get; }

    /// <summary>Why an optional step is skipped, or null: what it reads is not there. Called when all needs have their results, or before any has.</summary>
    internal virtual string? WhyMissing(StudyContext context) => null;

    /// <summary>Whether the step can do with some of what it needs: a fit leaves out what was skipped.</summary>
    internal virtual bool TakesSome => false;

    /// <summary>The step's result where it is there; null where something has to be done. Nothing is written. Called when all needs have theirs.</summary>
    internal abstract StepResult? Find(StudyContext context);

    /// <summary>Does what there is to do.</summary>
    internal abstract StepResult Do(StudyContext context);

    /// <summary>What there would be to do, before anything was. Called for needs first.</summary>
    internal abstract StepEstimate Estimate(EstimateContext context);

    /// <summary>What its runs are like, as far as memory goes, before any dataset is there.</summary>
    internal virtual IEnumerable<TrainingConfig> Shapes => [];

    /// <summary>How far it is, in words, where it has no result; null for nothing to tell.</summary>
    internal virtual string? Describe(StudyContext context) => null;
}
