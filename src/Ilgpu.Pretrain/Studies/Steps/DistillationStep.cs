using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A student of a run or an ensemble: the teachers' text is sampled where it is not there, then the student trained.</summary>
public sealed class DistillationStep : StudyStep
{
    private readonly StudyStep teacher;
    private readonly StudyStep? baseline;
    private readonly RunSettings settings;
    private readonly Teaching teaching;

    internal DistillationStep(string name, Place place, StudyStep teacher, StudyStep? baseline, RunSettings settings, Teaching teaching)
        : base(name, place)
    {
        this.teacher = teacher;
        this.baseline = baseline;
        this.settings = settings;
        this.teaching = teaching;
    }

    public override string Kind => "distillation";

    public override IReadOnlyList<StudyStep> Needs => [.. StepNeeds.Of(settings).Append(teacher).Concat(baseline is null ? [] : [baseline]).Distinct()];

    internal override IEnumerable<TrainingConfig> Shapes => [settings.Shape(Place)];

    internal override StepResult? Find(StudyContext context)
    {
        TrainingConfig student = StudentIn(context);
        if (teaching is Teaching.Soft soft)
            return ResultOf(WithSoftLabels(student, soft, context), null, null, context);
        SyntheticRecipe recipe = RecipeOf(student, context);
        string folder = SyntheticCorpus.PathOf(context.SyntheticFolder, recipe);
        return FindCorpus(recipe, context) is { } corpus
            ? ResultOf(WithText(student, corpus), (LedgerKeyOf(recipe), corpus), TokenDataset.IsAt(folder) ? folder : null, context)
            : null;
    }

    internal override StepResult Do(StudyContext context)
    {
        TrainingConfig student = StudentIn(context);
        IReadOnlyList<StudyRun> teachers = context.Train(this, [.. context.ResultOf(teacher).Runs.Select(context.PlanAgain)], withWeights: true);
        RequireAll(teachers, context);
        string data = CurrentData(context);
        if (teaching is Teaching.Soft soft)
        {
            TrainingConfig taught = WithSoftLabels(student, soft, context);
            context.Train(this, [new PlannedTraining(Name, taught, () => context.TrainingOf(taught, data) with { TeacherFolders = [.. teachers.Select(run => run.Folder!)] })]);
            return Recorded(ResultOf(taught, null, null, context)!, teachers, context);
        }

        SyntheticRecipe recipe = RecipeOf(student, context);
        IReadOnlyList<EnsembleMember> opened = EnsembleMember.Open([.. teachers.Select(run => run.Folder!)], context.Progress.OnNotice);
        TokenDataset real = context.OpenDataset(data);
        string folder = SyntheticCorpus.PathOf(context.SyntheticFolder, recipe);
        // Outside of any slot: a student of the same text waits without keeping one from the sampling.
        TokenDataset corpus = context.OpenDataset(
            folder, () => SyntheticCorpus.FindOrSample(context.SyntheticFolder, recipe, opened, real, context.SamplingDevicesOf(this), progress: context.Progress.SamplingOf(Name), cancellation: context.Cancellation));
        var identity = DatasetIdentity.Of(corpus);
        if (context.Ledger.FindDataset(LedgerKeyOf(recipe)) is { } known && known.Hash != identity.Hash)
            throw new InputException($"The text that '{Name}' is taught by is {identity.Hash} here and {known.Hash} in the ledger: its teachers, trained again, write otherwise on this machine.");
        TrainingConfig mixed = WithText(student, identity);
        context.Train(this, [new PlannedTraining(Name, mixed, () => context.TrainingOf(mixed, data) with { MixedFolder = folder })]);
        return Recorded(ResultOf(mixed, (LedgerKeyOf(recipe), identity), folder, context)!, teachers, context);
    }

    internal override StepEstimate Estimate(EstimateContext context)
    {
        if (context.Find(this) is DistillationResult found)
            return StepEstimate.OfRuns([context.EstimateOf(Name, found.Student.Config, isUpper: false)]);
        RunEstimate[] teachers = [.. context.RunsOf(teacher)];
        TrainingConfig student = context.UpperConfig(settings, Place);
        if (teaching is not Teaching.Synthetic synthetic)
            return StepEstimate.OfRuns([context.EstimateOf(Name, student, context.IsOpen(settings))]);
        TrainingConfig mixed = student with { Mixed = new MixedData { DatasetHash = "not sampled yet", Share = synthetic.Weight, Tokens = synthetic.TokensFor(student.Tokens) } };
        return StepEstimate.OfRuns([context.EstimateOf(Name, mixed, context.IsOpen(settings))])
            .And(StepEstimate.OfSampling(teachers, synthetic.TokensFor(student.Tokens), synthetic.Kind));
    }

    internal override string? Describe(StudyContext context)
    {
        TrainingConfig student = StudentIn(context);
        if (teaching is Teaching.Soft soft)
            return context.DescribeRuns([WithSoftLabels(student, soft, context)]);
        SyntheticRecipe recipe = RecipeOf(student, context);
        if (FindCorpus(recipe, context) is { } corpus)
            return context.DescribeRuns([WithText(student, corpus)]);
        SamplingProgress sampled = SyntheticCorpus.Sampled(context.SyntheticFolder, recipe);
        return FormattableString.Invariant($"{sampled.Tokens:N0} of {sampled.Total:N0} tokens sampled ({sampled.Share:0%})");
    }

    /// <summary>The corpus of a recipe, on disk or in the ledger, or null.</summary>
    private static DatasetIdentity? FindCorpus(SyntheticRecipe recipe, StudyContext context)
    {
        string folder = SyntheticCorpus.PathOf(context.SyntheticFolder, recipe);
        if (!TokenDataset.IsAt(folder))
            return context.Ledger.FindDataset(LedgerKeyOf(recipe));
        using TokenDataset dataset = TokenDataset.Open(folder);
        return DatasetIdentity.Of(dataset);
    }

    private static string LedgerKeyOf(SyntheticRecipe recipe) => $"synthetic {recipe.Id}";

    private TrainingConfig StudentIn(StudyContext context)
    {
        TrainingConfig student = context.Configure(settings, Place);
        TrainingConfig[] teachers = [.. TeachersIn(context)];
        if (teachers.Any(each => each.DatasetHash != student.DatasetHash))
            throw Place.Error($"the student is on another dataset than its teacher '{teacher.Name}': they share it.");
        // The teacher's own seed would begin a student of its size as the teacher began.
        return settings.Says(RunSetting.SeedKey) ? student : student.WithSeed(unchecked((uint)teachers.Max(each => each.InitializationSeed) + 1));
    }

    private IEnumerable<TrainingConfig> TeachersIn(StudyContext context) => context.ResultOf(teacher) switch
    {
        EnsembleResult ensemble => ensemble.Configs,
        { Runs: { Count: 1 } runs } => [runs[0].Config],
        _ => throw Place.Error($"'{teacher.Name}' is not one run: make an ensemble of its runs, and name that as the teacher."),
    };

    private SyntheticRecipe RecipeOf(TrainingConfig student, StudyContext context)
    {
        var synthetic = (Teaching.Synthetic)teaching;
        EnsembleMember[] named = [.. TeachersIn(context).Select(config => new EnsembleMember(context.Runs.PathOf(config), config, ModelPath: ""))];
        return SyntheticRecipe.Of(named, synthetic.Kind, synthetic.TokensFor(student.Tokens), synthetic.Length, synthetic.Sampling);
    }

    private TrainingConfig WithText(TrainingConfig student, DatasetIdentity corpus) => student with
    {
        Mixed = new MixedData { DatasetHash = corpus.Hash, Share = ((Teaching.Synthetic)teaching).Weight, Tokens = corpus.TrainTokens },
    };

    private TrainingConfig WithSoftLabels(TrainingConfig student, Teaching.Soft soft, StudyContext context)
    {
        string[] teachers = [.. TeachersIn(context).Select(each => each.Id)];
        return student with
        {
            SoftLabels = new SoftLabels
            {
                Teachers = teachers,
                Averaging = soft.Kind == TeacherKind.Probabilities && teachers.Length > 1 ? EnsembleAveraging.Probabilities : EnsembleAveraging.Logits,
                Alpha = soft.Alpha,
                Temperature = soft.Temperature,
            },
        };
    }

    /// <summary>The result of a student that is finished, or null.</summary>
    private DistillationResult? ResultOf(TrainingConfig student, (string, DatasetIdentity)? corpus, string? corpusFolder, StudyContext context)
    {
        if (context.FindRun(Name, student) is not { } run)
            return null;
        StepResult taught = context.ResultOf(teacher);
        (double together, double alone) = taught is EnsembleResult { Scores: { } scores }
            ? (teaching.Kind == TeacherKind.Probabilities ? scores.ProbabilityAverage[^1] : scores.LogitAverage[^1], scores.Members.Min())
            : (taught.Runs[0].Result.ValLoss, taught.Runs[0].Result.ValLoss);
        double rival = baseline is null ? alone : context.ResultOf(baseline).Loss!.Value;
        return new DistillationResult(run, together, rival, new DistillationGain(together, rival, run.Result.ValLoss).ShareKept)
        {
            Corpus = corpus,
            CorpusFolder = corpusFolder,
        };
    }

    private void RequireAll(IReadOnlyList<StudyRun> teachers, StudyContext context)
    {
        int expected = TeachersIn(context).Count();
        if (teachers.Count != expected)
            throw Place.Error($"the ledger has scores of '{teacher.Name}' and results of {teachers.Count} of its {expected} members only.");
    }

    /// <summary>Writes distillation.json beside those of <c>pretrain distill</c>, for whoever looks there.</summary>
    private DistillationResult Recorded(DistillationResult result, IReadOnlyList<StudyRun> teachers, StudyContext context)
    {
        StudyRun best = teachers.MinBy(run => run.Result.ValLoss)!;
        StudyRun rival = baseline is null ? best : context.ResultOf(baseline).Runs.MinBy(run => run.Result.ValLoss) ?? best;
        if (result.Student.Folder is not { } student || rival.Folder is null)
            return result;
        DistillationFolder.Write(Path.Combine(context.Runs.Root, "distillations"), new DistillationRecord
        {
            Method = teaching is Teaching.Soft ? DistillationMethod.Soft : DistillationMethod.Synthetic,
            Kind = teaching.Kind,
            Teachers = [.. teachers.Select(run => new DistillationRun(run.Config.Id, run.Folder!, run.Result.ValLoss))],
            Student = new DistillationRun(result.Student.Config.Id, student, result.Student.Result.ValLoss),
            Baseline = new DistillationRun(rival.Config.Id, rival.Folder, result.BaselineLoss),
            Alpha = (teaching as Teaching.Soft)?.Alpha,
            Temperature = (teaching as Teaching.Soft)?.Temperature,
            Generation = teaching is Teaching.Soft ? 1 : null,
            Weight = (teaching as Teaching.Synthetic)?.Weight,
            SyntheticId = result.CorpusFolder is null ? null : Path.GetFileName(result.CorpusFolder),
            SyntheticFolder = result.CorpusFolder,
            SyntheticTokens = result.Corpus?.Identity.TrainTokens,
            TeacherLoss = result.TeacherLoss,
            ShareKept = result.ShareKept,
            ValidationTokens = result.Student.Result.ValTokens,
        });
        return result;
    }

    private string CurrentData(StudyContext context) => StudyContext.DataOf(settings).Open(context).Folder;
}
