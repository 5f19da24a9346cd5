using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A tuning to a certificate.</summary>
public sealed class TuningStep : StudyStep
{
    private readonly TuningGrid? grid;
    private readonly int members;
    private readonly int noiseSeeds;

    /// <param name="name">Unique among the steps.</param>
    /// <param name="place">Where the file says so.</param>
    /// <param name="settings">Of the runs; the start is what they say of learning rate, epochs and weight decay.</param>
    /// <param name="grid">Null for the published one. A direction without values is held where it starts.</param>
    /// <param name="members">Whose averaged logits are tuned; 1 for a single model.</param>
    /// <param name="noiseSeeds">Trials at the optimum with other seeds.</param>
    internal TuningStep(string name, Place place, RunSettings settings, TuningGrid? grid, int members, int noiseSeeds)
        : base(name, place)
    {
        Settings = settings;
        this.grid = grid;
        this.members = members;
        this.noiseSeeds = noiseSeeds;
    }

    public override string Kind => "tuning";

    public override IReadOnlyList<StudyStep> Needs => [.. StepNeeds.Of(Settings)];

    internal RunSettings Settings { get; }

    internal override IEnumerable<TrainingConfig> Shapes => [Settings.Shape(Place)];

    internal override StepResult? Find(StudyContext context)
    {
        TuningPlan plan = PlanOf(context.Configure(Settings, Place));
        string store = TuningFolder.StoreOf(context.Runs);
        if (TuningFolder.Find(store, plan) is { } found)
            return ResultOf(found, TuningFolder.PathOf(store, plan), context);
        return context.Ledger.FindTuning(plan) is { } listed ? ResultOf(listed, null, context) : null;
    }

    internal override StepResult Do(StudyContext context)
    {
        TuningPlan plan = PlanOf(context.Configure(Settings, Place));
        var objective = new TuningObjective(this, plan, context);
        TuningSearch search = new Tuner(plan.Grid, objective).Run(plan.Start, plan.NoiseSeeds);
        if (double.IsPositiveInfinity(search.Loss))
            throw new TrainingDivergedException($"Every point that was tried diverged: give '{Name}' a lower learning rate.");
        var result = TuningResult.Of(plan, search);
        return ResultOf(result, TuningFolder.Write(TuningFolder.StoreOf(context.Runs), result), context);
    }

    internal override StepEstimate Estimate(EstimateContext context)
    {
        TuningPlan plan = PlanOf(context.UpperConfig(Settings, Place));
        if (context.Find(this) is TunedResult tuned)
            return StepEstimate.Nothing with { Referred = [context.EstimateOf(Name, tuned.Optimum, isUpper: false)] };
        TuningPoint[] points =
        [
            .. plan.Grid.LearningRates.SelectMany(rate => plan.Grid.Epochs.SelectMany(epochs => plan.Grid.WeightDecays.Select(decay => new TuningPoint(rate, epochs, decay)))),
        ];
        TuningTrial[] repeats = [.. Enumerable.Range(1, noiseSeeds).Select(repeat => new TuningTrial(Largest(plan), repeat))];
        var estimate = StepEstimate.OfRuns(points.Select(point => new TuningTrial(point)).Concat(repeats)
            .SelectMany(trial => plan.RunsOf(trial).Select((config, member) => context.EstimateOf(NameOf(trial, member), config, isUpper: true))));
        return estimate with
        {
            Referred = [context.EstimateOf(Name, UpperOptimum(context), isUpper: true)],
            Note = FormattableString.Invariant($"at most: all {points.Length} points of the grid; a descent tries fewer"),
        };
    }

    internal override string? Describe(StudyContext context) => $"not certified; {context.DescribeRuns([.. AroundStart(PlanOf(context.Configure(Settings, Place)))])} of its start and neighbours";

    /// <summary>What no optimum takes longer than: the point of the most epochs.</summary>
    internal TrainingConfig UpperOptimum(EstimateContext context)
    {
        TuningPlan plan = PlanOf(context.UpperConfig(Settings, Place));
        return plan.RunsOf(new TuningTrial(Largest(plan)))[0];
    }

    /// <summary>Whether grid and start go together, as far as that is known before an earlier tuning is done.</summary>
    /// <exception cref="InputException">They do not.</exception>
    internal void Check()
    {
        if (Settings.Tuning is null)
            PlanOf(Settings.BuildUnknown(Place));
    }

    /// <exception cref="InputException">The start is not on the grid, or a value is no run's.</exception>
    internal TuningPlan PlanOf(TrainingConfig config)
    {
        TuningPoint start = TuningPlan.PointOf(config);
        TuningGrid all = grid ?? new TuningGrid();
        foreach (TuningDirection direction in TuningDirections.All)
        {
            if (all.Values(direction).Count == 0)
                all = all.Holding(direction, start.ValueOf(direction));
        }

        if (Settings.Tuning is not null)
            start = all.Nearest(start);
        var plan = new TuningPlan
        {
            Config = config with { LearningRate = start.LearningRate, Epochs = start.Epochs, WeightDecay = start.WeightDecay },
            Grid = all,
            Recipe = all.IsHeld(TuningDirection.WeightDecay) && start.WeightDecay == TuningGrid.StandardWeightDecay ? TuningRecipe.Standard : TuningRecipe.Regularised,
            Members = members,
            NoiseSeeds = noiseSeeds,
        };
        try
        {
            plan.Validate();
        }
        catch (InputException e)
        {
            throw Place.Error(e.Message, e);
        }

        return plan;
    }

    private static IEnumerable<TrainingConfig> AroundStart(TuningPlan plan) =>
        plan.Grid.Tuned.SelectMany(direction => new[] { -1, 1 }.Select(step => plan.Grid.Neighbor(plan.Start, direction, step)))
            .OfType<TuningPoint>()
            .Prepend(plan.Start)
            .SelectMany(point => plan.RunsOf(new TuningTrial(point)));

    private static TuningPoint Largest(TuningPlan plan) => plan.Start with { Epochs = plan.Grid.Epochs[^1] };

    private string NameOf(TuningTrial trial, int member) =>
        $"{Name}, {trial.Point}{(trial.Repeat > 0 ? FormattableString.Invariant($", repeat {trial.Repeat}") : "")}{(members > 1 ? FormattableString.Invariant($", member {member + 1}") : "")}";

    private TunedResult ResultOf(TuningResult tuning, string? folder, StudyContext context)
    {
        var result = new TunedResult(tuning, folder);
        // The others are in the ledger that the study exports.
        foreach (TrainingConfig config in tuning.Search.Tried.SelectMany(tried => tuning.Plan.RunsOf(new TuningTrial(tried.Point, tried.Repeat))))
            context.FindRun(Name, config);
        return members == 1 && context.FindRun(Name, result.Optimum) is { } run ? result with { OptimumRuns = [run] } : result;
    }

    /// <summary>Losses of trials from the study's runs, those of its ledger among them.</summary>
    private sealed class TuningObjective(TuningStep step, TuningPlan plan, StudyContext context) : ITuningObjective
    {
        public IReadOnlyList<TrialOutcome> Run(IReadOnlyList<TuningTrial> trials)
        {
            // Every trial has its own thread here, so that one that diverges leaves the others alone.
            Task<TrialOutcome>[] all = [.. trials.Select(trial => Task.Factory.StartNew(() => Run(trial), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            try
            {
                Task.WaitAll(all, CancellationToken.None);
            }
            catch (AggregateException)
            {
                (all.FirstOrDefault(each => each.IsFaulted) ?? all.First(each => each.IsCanceled)).GetAwaiter().GetResult();
            }

            return [.. all.Select(each => each.Result)];
        }

        private TrialOutcome Run(TuningTrial trial)
        {
            TrainingConfig[] configs = [.. plan.RunsOf(trial)];
            string[] ids = [.. configs.Select(config => config.Id)];
            try
            {
                IReadOnlyList<PlannedTraining> runs = [.. configs.Select((config, member) => context.Plan(step.NameOf(trial, member), config, step.Settings))];
                double loss = configs.Length == 1 ? context.Train(step, runs)[0].Result.ValLoss : EnsembleMeasuring.Measure(step, runs, context).Scores.LogitAverage[^1];
                return new TrialOutcome { Loss = loss, Runs = ids };
            }
            catch (TrainingDivergedException e)
            {
                return new TrialOutcome { Loss = double.PositiveInfinity, Runs = ids, Divergence = e.Message };
            }
        }
    }
}
