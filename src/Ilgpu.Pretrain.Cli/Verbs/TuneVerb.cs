using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("tune", HelpText = "Tunes learning rate, epochs and weight decay by coordinate descent over grids, from --lr, --epochs and --wd or a default start, until every one-step neighbour was run and none has a lower loss. Runs are those of 'train': finished ones are not done again.")]
internal sealed class TuneVerb : TrainingVerb
{
    [Option("recipe", Default = TuningRecipe.Regularised, HelpText = "What is tuned: all three, or in the standard recipe learning rate and epochs, with a weight decay of .1.")]
    public TuningRecipe Recipe { get; set; }

    [Option("for", Default = TuningTarget.Model, HelpText = "Whose loss is lowered. For an ensemble the descent starts at twice the epochs and half the decay of the single model's optimum, where a tuning found it.")]
    public TuningTarget For { get; set; }

    [Option("members", HelpText = "With --for ensemble: models that are averaged at each point, by logits; their seeds are --seed, --seed + 1, ...")]
    public int? Members { get; set; }

    [Option("lr-grid", HelpText = "Learning rates to choose from, commas between; default .0001, .0003, .001, .003, .01, .03.")]
    public string? LearningRateGrid { get; set; }

    [Option("epochs-grid", HelpText = "Epochs to choose from; default 1, 2, 4, ..., 64.")]
    public string? EpochsGrid { get; set; }

    [Option("wd-grid", HelpText = "Weight decays to choose from; default 0, .1, .2, .4, ..., 6.4.")]
    public string? WeightDecayGrid { get; set; }

    [Option("fix", HelpText = "Of lr, epochs and wd those that are not tuned but stay where they start; commas between.")]
    public string? Fix { get; set; }

    [Option("from", HelpText = "The folder of a tuning, of a smaller model for example, to start at its optimum; what --lr, --epochs and --wd give goes before it.")]
    public string? From { get; set; }

    [Option("noise-seeds", Default = 3, HelpText = "Times that the optimum is run with other seeds, so that each neighbour's margin can be told in standard deviations of the seed; 0 for none.")]
    public int NoiseSeeds { get; set; }

    [Option("max-runs", HelpText = "Runs at most, those found in the store counted; what is left over is said, and a larger number goes on from there.")]
    public int? MostRuns { get; set; }

    [Option("side-by-side", HelpText = "Runs trained at a time; default: as many as cores and memory have room for. The results do not depend on it.")]
    public int? AtATime { get; set; }

    private int MembersOfPoint => Members ?? 1;

    public override int Run(CancellationToken cancellation)
    {
        RequireOptions();
        TrainingOptions options = Options();
        TuningDirection[] held = TuneArguments.ParseDirections(Fix);
        TuningGrid grid = Grid(held);
        TuningResult? from = From is null ? null : TuningFolder.Read(From);
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(Data ?? DefaultData, DatasetChoices, Out, Words, cancellation);
        using Device device = OpenDevice();
        var store = new RunStore(Out);
        TuningPlan plan = Plan(Config(resumed: null, dataset, device.Description), grid, held, from, TuningFolder.StoreOf(store));
        if (TuningFolder.Find(TuningFolder.StoreOf(store), plan) is { IsComplete: true } found)
            return Finish(found, TuningFolder.PathOf(TuningFolder.StoreOf(store), plan), isFound: true);

        var objective = new RunObjective(
            plan, store, new TrainingSources(dataset), runs => Train(plan, runs, options, device.Description, cancellation), Measure, Console.Error.WriteLine);
        TuningSearch search = new Tuner(plan.Grid, objective, new TuneProgress(Words)).Run(plan.Start, plan.NoiseSeeds, MostRuns / plan.Members);
        var result = TuningResult.Of(plan, search);
        return Finish(result, TuningFolder.Write(TuningFolder.StoreOf(store), result), isFound: false);

        EnsembleScores Measure(IReadOnlyList<EnsembleMember> members) =>
            new EnsembleEvaluator(members, dataset, plan.Config.ValidationTokens, device, new EnsembleEvaluationOptions()).Evaluate(cancellation);
    }

    private void RequireOptions()
    {
        if (Steps is not null)
            throw new InputException($"--steps was given {Steps}; 'tune' takes --epochs: they are what is tuned.");
        if (For == TuningTarget.Ensemble && Members is null)
            throw new InputException("--for ensemble takes --members N, the models that are averaged at each point.");
        if (For == TuningTarget.Model && Members is not null)
            throw new InputException($"--members was given {Members}; it goes with --for ensemble.");
        InputException.ThrowUnless(Members is null or >= 2, "--members", Members, "a whole number from 2");
        InputException.ThrowUnless(AtATime is null or >= 1, "--side-by-side", AtATime, "a whole number from 1");
        if (MostRuns < MembersOfPoint)
            throw new InputException($"--max-runs was given {MostRuns}, too few for the first point; it takes a whole number from {MembersOfPoint}.");
        if (Recipe == TuningRecipe.Standard && WeightDecayGrid is not null)
            throw new InputException($"--wd-grid was given {WeightDecayGrid}; it does not go with --recipe standard, where the weight decay is .1.");
    }

    private TuningGrid Grid(TuningDirection[] held)
    {
        var grid = TuningGrid.Of(Recipe);
        foreach (TuningDirection direction in TuningDirections.All)
        {
            if (GridText(direction) is not { } text)
                continue;
            if (held.Contains(direction))
                throw new InputException($"{direction.GridFlag()} was given {text}, and --fix holds it: give one of them.");
            grid = grid.With(direction, TuneArguments.ParseGrid(direction, text));
        }

        grid.Validate();
        return grid;
    }

    private string? GridText(TuningDirection direction) => direction switch
    {
        TuningDirection.LearningRate => LearningRateGrid,
        TuningDirection.Epochs => EpochsGrid,
        _ => WeightDecayGrid,
    };

    private double? Given(TuningDirection direction) => direction switch
    {
        TuningDirection.LearningRate => LearningRate,
        TuningDirection.Epochs => Epochs,
        _ => WeightDecay,
    };

    private TuningPlan Plan(TrainingConfig config, TuningGrid grid, TuningDirection[] held, TuningResult? from, string tunings)
    {
        var plan = new TuningPlan { Config = config, Grid = grid, Recipe = Recipe, Members = MembersOfPoint, NoiseSeeds = NoiseSeeds };
        (TuningPoint start, string origin) = Origin(plan, from, tunings);
        TuningPoint onGrid = grid.Nearest(start);
        if (onGrid != start)
            origin += ", moved onto the grid";
        start = onGrid;
        foreach (TuningDirection direction in TuningDirections.All)
        {
            start = Given(direction) is { } given ? start.With(direction, given) : start;
            if (held.Contains(direction))
                grid = grid.Holding(direction, start.ValueOf(direction));
        }

        plan = plan with
        {
            Config = config with { LearningRate = start.LearningRate, Epochs = start.Epochs, WeightDecay = start.WeightDecay },
            Grid = grid,
        };
        plan.Validate();
        bool isGiven = TuningDirections.All.All(direction => held.Contains(direction) || grid.IsHeld(direction) || Given(direction) is not null);
        Words.WriteLine($"Tuning {plan.Id} starts at {start}{(isGiven ? "" : $": {origin}")}");
        return plan;
    }

    /// <summary>The start that is not given, and how it came about.</summary>
    private (TuningPoint Start, string Origin) Origin(TuningPlan plan, TuningResult? from, string tunings)
    {
        bool isForEnsemble = For == TuningTarget.Ensemble;
        string twiceAndHalf = Recipe == TuningRecipe.Standard ? "twice the epochs" : "twice the epochs and half the decay";
        if (isForEnsemble && from is null)
            from = TuningStart.FindSingle(TuningFolder.List(tunings, Console.Error.WriteLine), plan);
        if (from is null)
            return (TuningStart.Default(Recipe, isForEnsemble), "the default");
        return isForEnsemble && from.Plan.Members == 1
            ? (TuningStart.OfMembers(from.Search.Optimum, Recipe), $"{twiceAndHalf} of the optimum of tuning {from.Id}")
            : (from.Search.Optimum, $"the optimum of tuning {from.Id}");
    }

    private void Train(TuningPlan plan, IReadOnlyList<PlannedRun> runs, TrainingOptions options, DeviceDescription device, CancellationToken cancellation)
    {
        (string, PlannedRun)[] named = [.. runs.Select(run => (NameOf(plan, run.Config), run))];
        if (SideBySideTraining.RunDespiteDivergence(named, options, device, OpenDevice, AtATime, Words, cancellation) is null)
            throw new OperationCanceledException(cancellation);
    }

    private static string NameOf(TuningPlan plan, TrainingConfig config)
    {
        ulong later = config.DataSeed - plan.Config.DataSeed;
        return $"{TuningPlan.PointOf(config)}{(later == 0 ? "" : $", seed + {later}")}";
    }

    private int Finish(TuningResult result, string folder, bool isFound)
    {
        if (Json)
            TuneJson.Print(result, folder);
        else
            TuneReport.Write(Words, result, folder, isFound);
        return double.IsFinite(result.Search.Loss) ? ExitCode.Done : ExitCode.Failed;
    }
}
