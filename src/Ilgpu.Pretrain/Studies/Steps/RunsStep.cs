using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>One run, or one for each point of a sweep.</summary>
public sealed class RunsStep : StudyStep
{
    private readonly IReadOnlyList<(string Name, RunSettings Settings)> points;

    internal RunsStep(string name, Place place, IReadOnlyList<(string Name, RunSettings Settings)> points)
        : base(name, place) => this.points = points;

    public override string Kind => points.Count == 1 ? "run" : "runs";

    public override IReadOnlyList<StudyStep> Needs => [.. points.SelectMany(point => StepNeeds.Of(point.Settings)).Distinct()];

    internal int Count => points.Count;

    internal override IEnumerable<TrainingConfig> Shapes => points.Select(point => point.Settings.Shape(Place));

    internal override StepResult? Find(StudyContext context)
    {
        StudyRun?[] runs = [.. points.Select(point => context.FindRun(point.Name, context.Configure(point.Settings, Place)))];
        return runs.All(run => run is not null) ? new RunsResult([.. runs.Select(run => run!)]) : null;
    }

    internal override StepResult Do(StudyContext context) =>
        new RunsResult(context.Train(this, [.. points.Select(point => context.Plan(point.Name, point.Settings, Place))]));

    internal override StepEstimate Estimate(EstimateContext context) =>
        StepEstimate.OfRuns(points.Select(point => context.Estimate(point.Name, point.Settings, Place)));

    internal override string? Describe(StudyContext context) =>
        context.DescribeRuns([.. points.Select(point => context.Configure(point.Settings, Place))]);
}
