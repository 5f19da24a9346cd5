using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Asks the models of other steps a task: a run alone, an ensemble's members by their averaged logits.</summary>
public sealed class EvaluationStep : StudyStep
{
    private const string Extension = ".json";

    /// <summary>A token of byte pairs has three characters and more: for estimates.</summary>
    private const int CharactersPerToken = 3;

    private readonly IReadOnlyList<StudyStep> of;
    private readonly TaskRequest request;

    internal EvaluationStep(string name, Place place, IReadOnlyList<StudyStep> of, TaskRequest request)
        : base(name, place)
    {
        this.of = of;
        this.request = request;
    }

    public override string Kind => "evaluation";

    public override IReadOnlyList<StudyStep> Needs => of;

    /// <summary>Models that were skipped are not asked.</summary>
    internal override bool TakesSome => true;

    internal override string? WhyMissing(StudyContext context) =>
        IsOptional && !request.IsThere && FindAll(context) is null ? "its data is not there" : null;

    internal override StepResult? Find(StudyContext context) => FindAll(context) is { } found ? new EvaluationResult(found) : null;

    internal override StepResult Do(StudyContext context)
    {
        TaskData data;
        try
        {
            data = request.Read();
        }
        catch (InputException e)
        {
            throw Place.Error(e.Message, e);
        }

        string hash = request.FindHash()!;
        return new EvaluationResult([.. Subjects(context).Select(subject => Find(subject.Step, subject.Runs, hash, context) ?? Ask(subject.Step, subject.Runs, data, hash, context))]);
    }

    internal override StepEstimate Estimate(EstimateContext context)
    {
        if (!request.IsThere)
            return StepEstimate.Nothing;
        long characters = request.Read().Items.SelectMany(item => item.Options).Sum(option => (long)option.Context.Length + option.Continuation.Length);
        return new StepEstimate
        {
            Others = [.. of.SelectMany(context.RunsOf).Select(run =>
                ("asked", run, (double)characters / CharactersPerToken * run.Config.Model.ForwardFlopsPerToken(run.Config.Length)))],
        };
    }

    private IEnumerable<(StudyStep Step, IReadOnlyList<StudyRun> Runs)> Subjects(StudyContext context)
    {
        foreach (StudyStep step in of)
        {
            if (context.FindResult(step) is not { } result)
                continue;
            if (result is EnsembleResult ensemble && ensemble.Members.Count < ensemble.Configs.Count)
                throw Place.Error($"the ensemble '{step.Name}' is known from a ledger without its members' results.");
            if (result is not EnsembleResult && result.Runs.Count > 1)
                throw Place.Error($"'{step.Name}' stands for {result.Runs.Count} runs: make an ensemble of them, or name runs of their own.");
            yield return (step, result.Runs);
        }
    }

    private List<TaskAccuracy>? FindAll(StudyContext context)
    {
        string? hash = request.FindHash();
        var all = new List<TaskAccuracy>();
        foreach ((StudyStep step, IReadOnlyList<StudyRun> runs) in Subjects(context))
        {
            if (Find(step, runs, hash, context) is not { } found)
                return null;
            all.Add(found);
        }

        return all.Count > 0 ? all : null;
    }

    /// <param name="step">Whose models.</param>
    /// <param name="runs">Of the models.</param>
    /// <param name="hash">Of the rows; null where they are not there: what was asked by files of their names will do, where that is one thing.</param>
    /// <param name="context">Where to look.</param>
    private TaskAccuracy? Find(StudyStep step, IReadOnlyList<StudyRun> runs, string? hash, StudyContext context)
    {
        string key = request.KeyOf(runs.Select(run => run.Config.Id));
        string folder = Path.Combine(context.EvaluationsFolder, key);
        TaskAccuracy[] found =
        [
            .. Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + Extension).Select(path => ChecksummedJson.ReadFile<TaskAccuracy>(path, "delete it, and the task is asked again")) : [],
            .. context.Ledger.FindAccuracies(key),
        ];
        TaskAccuracy[] fitting = [.. found.Where(each => hash is null || each.Data == hash).DistinctBy(each => each.Data)];
        return fitting is [var only] ? only with { Of = step.Name } : null;
    }

    private TaskAccuracy Ask(StudyStep step, IReadOnlyList<StudyRun> runs, TaskData data, string hash, StudyContext context)
    {
        IReadOnlyList<StudyRun> members = context.Train(this, [.. runs.Select(context.PlanAgain)], withWeights: true);
        string[] ids = [.. members.Select(member => member.Config.Id)];
        string key = request.KeyOf(ids);
        TaskAccuracy asked = context.Once($"{key} {hash}", () =>
        {
            TaskEvaluation evaluation = context.Compute(this, device =>
            {
                using EvaluatedModels models = EvaluatedModels.Open(device, [.. members.Select(member => member.Folder!)], context.Runs.Root, null, context.Progress.OnNotice);
                return TaskEvaluator.Evaluate(models, data, new TaskOptions(), context.Cancellation);
            });
            var accuracy = TaskAccuracy.From(step.Name, key, hash, ids, data, evaluation);
            ChecksummedJson.WriteFile(Path.Combine(context.EvaluationsFolder, key, ContentDigest.IdOf(hash) + Extension), accuracy);
            return accuracy;
        });
        return asked with { Of = step.Name };
    }
}
