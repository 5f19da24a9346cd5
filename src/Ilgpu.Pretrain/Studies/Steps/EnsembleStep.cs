using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Members, trained or taken from other steps, and their averages measured for every K.</summary>
public sealed class EnsembleStep : StudyStep
{
    private readonly IReadOnlyList<StudyStep> of;
    private readonly RunSettings? settings;
    private readonly int members;

    /// <summary>Of members that are trained: they differ in their seeds, which follow each other.</summary>
    internal EnsembleStep(string name, Place place, RunSettings settings, int members)
        : this(name, place, [], settings, members)
    {
    }

    /// <summary>Of the runs of other steps, in their order.</summary>
    internal EnsembleStep(string name, Place place, IReadOnlyList<StudyStep> of)
        : this(name, place, of, null, 0)
    {
    }

    private EnsembleStep(string name, Place place, IReadOnlyList<StudyStep> of, RunSettings? settings, int members)
        : base(name, place)
    {
        this.of = of;
        this.settings = settings;
        this.members = members;
    }

    public override string Kind => "ensemble";

    public override IReadOnlyList<StudyStep> Needs => settings is null ? of : [.. StepNeeds.Of(settings)];

    internal override IEnumerable<TrainingConfig> Shapes => settings is null ? [] : [settings.Shape(Place)];

    internal override StepResult? Find(StudyContext context)
    {
        PlannedTraining[] all = [.. MembersIn(context)];
        return EnsembleMeasuring.Find([.. all.Select(member => member.Config)], context) is { } found ? ResultOf(found, all, context) : null;
    }

    internal override StepResult Do(StudyContext context)
    {
        PlannedTraining[] all = [.. MembersIn(context)];
        return ResultOf(EnsembleMeasuring.Measure(this, all, context), all, context);
    }

    internal override StepEstimate Estimate(EstimateContext context)
    {
        if (settings is null)
            return StepEstimate.OfMeasuring(of.SelectMany(context.RunsOf));
        if (context.Find(this) is not null)
            return StepEstimate.Nothing;
        RunEstimate[] runs = [.. Enumerable.Range(0, members).Select(member => context.Estimate(MemberName(member), settings, Place, (uint)member))];
        return StepEstimate.OfRuns(runs).And(StepEstimate.OfMeasuring(runs));
    }

    internal override string? Describe(StudyContext context) =>
        context.DescribeRuns([.. MembersIn(context).Select(member => member.Config)]) + ", not measured";

    private IEnumerable<PlannedTraining> MembersIn(StudyContext context)
    {
        if (settings is null)
            return of.SelectMany(step => context.ResultOf(step).Runs).Select(context.PlanAgain);
        TrainingConfig first = context.Configure(settings, Place);
        return Enumerable.Range(0, members).Select(member => context.Plan(MemberName(member), Seeds.After(first, (uint)member), settings));
    }

    private static EnsembleResult ResultOf((EnsembleScores Scores, string? Folder) measured, PlannedTraining[] all, StudyContext context) =>
        new([.. all.Select(member => member.Config)], measured.Scores, measured.Folder)
        {
            // Scores can outlive their members.
            Members = [.. all.Select(member => context.FindRun(member.Name, member.Config)).OfType<StudyRun>()],
        };

    private string MemberName(int member) => FormattableString.Invariant($"{Name}, member {member + 1}");
}
