using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Tuning;

/// <summary>Tiny runs as an objective.</summary>
public sealed class RunObjectiveTests : IDisposable
{
    private static readonly TuningGrid Grid = new() { LearningRates = [1e-3, 1e-2, 3e-2], Epochs = [1, 2], WeightDecays = [.1] };

    /// <summary>Nothing on the way to a run's end is looked at here.</summary>
    private static readonly TrainingOptions Options = TestRuns.Options with { EvaluateEvery = 0, CheckpointEvery = 0 };

    private readonly TestRuns runs = new();
    private readonly List<string> trained = [];

    public void Dispose() => runs.Dispose();

    [Fact]
    public void A_tuning_asked_for_again_trains_nothing_and_finds_the_same()
    {
        TuningPlan plan = Plan();
        TuningSearch first = Tune(plan, "store");
        Assert.Equal(first.Tried.SelectMany(tried => tried.Runs), trained);
        Assert.Equal(trained.Count, trained.Distinct().Count());
        Assert.True(first.Certificate.IsCertified);
        trained.Clear();
        AssertSame(first, Tune(plan, "store"));
        Assert.Empty(trained);
        // A point's run is the one that 'train' has, by its configuration.
        TrainingConfig best = plan.Config with { LearningRate = first.Optimum.LearningRate, Epochs = first.Optimum.Epochs };
        Assert.Equal(first.Loss, RunFolder.FindResult(new RunStore(runs.Path("store")).PathOf(best), best)!.ValLoss);
    }

    /// <summary>What it will ask for last is there before the tuning starts, and one that it will not need.</summary>
    [Fact]
    public void The_path_is_the_same_whatever_the_store_has()
    {
        TuningPlan plan = Plan();
        TuningSearch expected = Tune(plan, "empty");
        var store = new RunStore(runs.Path("filled"));
        IEnumerable<TrainingConfig> last = expected.Tried.Reverse().Take(2).SelectMany(tried => plan.RunsOf(new TuningTrial(tried.Point, tried.Repeat)));
        foreach (TrainingConfig config in last.Append(plan.Config.WithSeed(99)))
            Train(new PlannedRun(config, store.PathOf(config), new TrainingSources(runs.Dataset)));
        trained.Clear();
        AssertSame(expected, Tune(plan, "filled"));
        Assert.Equal(expected.Tried.Count - 2, trained.Count);
    }

    [Fact]
    public void An_interruption_keeps_what_is_finished_and_the_tuning_goes_on_to_the_same_end()
    {
        TuningPlan plan = Plan();
        TuningSearch expected = Tune(plan, "undisturbed");
        trained.Clear();
        Assert.Throws<OperationCanceledException>(() => Tune(plan, "interrupted", most: 3));
        AssertSame(expected, Tune(plan, "interrupted"));
        Assert.Equal(expected.Tried.Count, trained.Count);
    }

    [Fact]
    public void A_run_that_diverges_is_infinite_and_tried_once()
    {
        var plan = new TuningPlan
        {
            Config = runs.Config with { LearningRate = 10, Epochs = 8, Schedule = ScheduleKind.Constant, WarmUpShare = 0, WeightDecay = 0 },
            Grid = new TuningGrid { LearningRates = [1e-2, 10], Epochs = [8, 9], WeightDecays = [0] },
            NoiseSeeds = 0,
        };
        TuningSearch search = Tune(plan, "store");
        Assert.Equal(1e-2, search.Optimum.LearningRate);
        Assert.True(search.Certificate.IsCertified);
        TriedPoint diverged = search.Tried[0];
        Assert.Equal((10, double.PositiveInfinity), (diverged.Point.LearningRate, diverged.Loss));
        Assert.StartsWith("Step ", diverged.Divergence, StringComparison.Ordinal);
        Assert.Equal(NeighborState.Diverged, search.Certificate.Neighbors[1].State);
        trained.Clear();
        AssertSame(search, Tune(plan, "store"));
        Assert.Empty(trained);
    }

    [Fact]
    public void An_ensemble_is_tuned_by_the_loss_of_its_averaged_logits()
    {
        TuningPlan plan = Plan() with { Members = 2, NoiseSeeds = 1, Grid = Grid with { LearningRates = [1e-3, 1e-2] } };
        TuningSearch search = Tune(plan, "store");
        Assert.Equal(2 * search.Tried.Count, search.Tried.SelectMany(tried => tried.Runs).Distinct().Count());
        TuningTrial trial = new(search.Optimum);
        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open([.. plan.RunsOf(trial).Select(new RunStore(runs.Path("store")).PathOf)]);
        EnsembleScores scores = Measure(members);
        Assert.Equal(scores.LogitAverage[1], search.Loss);
        Assert.NotEqual(scores.LogitAverage[0], search.Loss);
        Assert.NotNull(EnsembleFolder.FindScores(runs.Path("store/ensembles"), members, plan.Config.ValidationTokens));

        // What was measured is found without the members' checkpoints.
        foreach (EnsembleMember member in members)
            Directory.Delete(Path.Combine(member.Folder, "checkpoints"), recursive: true);
        AssertSame(search, Tune(plan, "store"));
    }

    private static void AssertSame(TuningSearch expected, TuningSearch actual)
    {
        Assert.Equal(expected.Path, actual.Path);
        Assert.Equal(expected.Tried.Select(tried => (tried.Point, tried.Repeat, tried.Loss)), actual.Tried.Select(tried => (tried.Point, tried.Repeat, tried.Loss)));
        Assert.Equal(expected.Certificate.Neighbors, actual.Certificate.Neighbors);
    }

    private TuningPlan Plan() => new()
    {
        Config = runs.Config with { LearningRate = 1e-3, Epochs = 1, DropoutSeed = 1, InitializationSeed = 1, DataSeed = 1 },
        Grid = Grid,
        NoiseSeeds = 2,
    };

    /// <param name="plan">What is tuned.</param>
    /// <param name="store">Its runs' folder.</param>
    /// <param name="most">Runs after which it is interrupted.</param>
    private TuningSearch Tune(TuningPlan plan, string store, int most = int.MaxValue)
    {
        plan.Validate();
        var objective = new RunObjective(
            plan,
            new RunStore(runs.Path(store)),
            new TrainingSources(runs.Dataset),
            planned =>
            {
                foreach (PlannedRun run in planned)
                {
                    if (trained.Count == most)
                        throw new OperationCanceledException();
                    Train(run);
                }
            },
            Measure);
        return new Tuner(plan.Grid, objective).Run(plan.Start, plan.NoiseSeeds);
    }

    private void Train(PlannedRun run)
    {
        trained.Add(run.Config.Id);
        _ = SideBySide.RunDespiteDivergence(
            [run], Options, () => Device.OpenCpu(1), 1, _ => null, TestContext.Current.CancellationToken);
    }

    private EnsembleScores Measure(IReadOnlyList<EnsembleMember> members) =>
        new EnsembleEvaluator(members, runs.Dataset, runs.Config.ValidationTokens, TestRuns.Device, new EnsembleEvaluationOptions())
            .Evaluate(TestContext.Current.CancellationToken);
}
