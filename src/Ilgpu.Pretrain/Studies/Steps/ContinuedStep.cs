using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// Continued pre-training: each run of another step goes on with other data, some of the old replayed if asked. Gain and forgetting
/// are measured where the weights are here, and lie beside those of <c>pretrain continue</c>.
/// </summary>
public sealed class ContinuedStep : StudyStep
{
    private readonly StudyStep from;
    private readonly RunSettings settings;
    private readonly double replay;

    internal ContinuedStep(string name, Place place, StudyStep from, RunSettings settings, double replay)
        : base(name, place)
    {
        this.from = from;
        this.settings = settings;
        this.replay = replay;
    }

    /// <summary>Before and after, on new and on old text.</summary>
    private const int Measurements = 4;

    public override string Kind => "continued";

    public override IReadOnlyList<StudyStep> Needs => [.. StepNeeds.Of(settings).Append(from).Distinct()];

    internal override StepResult? Find(StudyContext context)
    {
        StudyRun?[] runs = [.. StartsIn(context).Select((start, i) => context.FindRun(NameOf(start), ConfigOf(start.Config, i, context)))];
        return runs.All(run => run is not null) && !IsToBeMeasured(StartsIn(context), [.. runs.Select(run => run!)], context) ? new RunsResult([.. runs.Select(run => run!)]) : null;
    }

    internal override StepResult Do(StudyContext context)
    {
        IReadOnlyList<StudyRun> starts = context.Train(this, [.. StartsIn(context).Select(context.PlanAgain)], withWeights: true);
        string data = StudyContext.DataOf(settings).Open(context).Folder;
        string old = context.DatasetFolderOf(starts[0].Config);
        TokenDataset now = context.OpenDataset(data), before = context.OpenDataset(old);
        if (now.Tokenizer.Fingerprint != before.Tokenizer.Fingerprint)
            throw Place.Error($"'{from.Name}' was trained on tokens of '{before.Tokenizer.Name}', and '{StudyContext.DataOf(settings).Name}' is of others, '{now.Tokenizer.Name}': give it 'tokenizer-of'.");
        IReadOnlyList<StudyRun> continued = context.Train(this, [.. starts.Select((start, i) =>
        {
            TrainingConfig config = ConfigOf(start.Config, i, context);
            return new PlannedTraining(NameOf(start), config, () => context.TrainingOf(config, data) with { StartFolder = start.Folder, MixedFolder = replay > 0 ? old : null });
        })]);
        if (IsToBeMeasured(starts, continued, context))
            Measure(starts, continued, now, before, context);
        return new RunsResult(continued);
    }

    internal override StepEstimate Estimate(EstimateContext context)
    {
        if (context.Find(this) is RunsResult found)
            return StepEstimate.OfRuns(found.All.Select(run => context.EstimateOf(run.Name, run.Config, isUpper: false)));
        RunEstimate[] runs =
        [
            .. context.RunsOf(from).Select((start, i) =>
                context.EstimateOf($"{Name} of {start.Name}", With(context.ConfigureOn(settings, start.Config, Place), start.Config, i), start.IsUpper)),
        ];
        return StepEstimate.OfRuns(runs).And(StepEstimate.OfMeasuring(runs, Measurements));
    }

    internal override string? Describe(StudyContext context)
    {
        TrainingConfig[] configs = [.. StartsIn(context).Select((start, i) => ConfigOf(start.Config, i, context))];
        return context.DescribeRuns(configs) + (configs.All(config => context.FindRun("", config) is not null) ? ", not measured" : "");
    }

    /// <summary>Whether gain and forgetting are not known, and the weights are here to tell.</summary>
    private static bool IsToBeMeasured(IReadOnlyList<StudyRun> starts, IReadOnlyList<StudyRun> continued, StudyContext context) =>
        starts.Concat(continued).All(run => run.Folder is { } folder && RunFolder.HasLastCheckpoint(folder, run.Config, run.Result))
        && !ContinuationEvaluator.IsAt(ContinuationEvaluator.PathOf(
            context.Runs.Root, [.. starts.Select(run => run.Config.Id)], [.. continued.Select(run => run.Config.Id)], starts[0].Config.DatasetHash, starts[0].Config.ValidationTokens));

    private void Measure(IReadOnlyList<StudyRun> starts, IReadOnlyList<StudyRun> continued, TokenDataset now, TokenDataset before, StudyContext context)
    {
        try
        {
            var evaluator = new ContinuationEvaluator(Opened(starts), Opened(continued), now, before);
            context.Compute(this, device => evaluator.FindOrMeasure(context.Runs.Root, device, context.Cancellation));
        }
        catch (InputException e)
        {
            // The runs are there, and are what the step is for.
            context.Progress.OnNotice($"{Name}: gain and forgetting are not measured: {e.Message}");
        }

        IReadOnlyList<EnsembleMember> Opened(IReadOnlyList<StudyRun> runs) => EnsembleMember.Open([.. runs.Select(run => run.Folder!)], context.Progress.OnNotice);
    }

    private IReadOnlyList<StudyRun> StartsIn(StudyContext context) => context.ResultOf(from).Runs is { Count: > 0 } runs
        ? runs
        : throw Place.Error($"'{from.Name}' has no run to go on from.");

    private TrainingConfig ConfigOf(TrainingConfig start, int index, StudyContext context) => With(context.ConfigureOn(settings, start, Place), start, index);

    /// <summary>Members differ in where they start, and in the order of the new data.</summary>
    private TrainingConfig With(TrainingConfig config, TrainingConfig start, int index) => Seeds.After(config, (uint)index) with
    {
        Start = new RunStart { RunId = start.Id },
        Mixed = replay > 0 ? new MixedData { DatasetHash = start.DatasetHash, Share = replay, Tokens = start.Tokens } : null,
    };

    private string NameOf(StudyRun start) => $"{Name} of {start.Name}";
}
