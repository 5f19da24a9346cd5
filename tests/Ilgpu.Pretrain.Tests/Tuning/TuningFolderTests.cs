using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Tuning;

/// <summary>A tuning's plan, its name and its file.</summary>
public sealed class TuningFolderTests : IDisposable
{
    private static readonly TrainingConfig Config = new()
    {
        Model = TestRuns.Model,
        DatasetHash = "a dataset",
        Tokens = 1000,
        Batch = 2,
        Length = 16,
        LearningRate = 3e-3,
        Epochs = 16,
        WeightDecay = .8,
    };

    private static readonly TuningPlan Plan = new() { Config = Config, Grid = new TuningGrid() };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_written_is_found_diverged_runs_and_missing_neighbours_too()
    {
        TuningResult written = Tune(Plan, point => point.LearningRate > 3e-3 ? double.PositiveInfinity : 3 - point.LearningRate - (.01 * point.Epochs));
        Assert.Null(TuningFolder.Find(folder.Path, Plan));
        string at = TuningFolder.Write(folder.Path, written);
        Assert.Equal(TuningFolder.PathOf(folder.Path, Plan), at);
        TuningResult found = TuningFolder.Find(folder.Path, Plan)!;
        Assert.Equal(written.Search.Tried.Select(tried => (tried.Point, tried.Loss, tried.Runs[0])), found.Search.Tried.Select(tried => (tried.Point, tried.Loss, tried.Runs[0])));
        Assert.Contains(found.Search.Tried, tried => double.IsPositiveInfinity(tried.Loss));
        Assert.Contains(found.Search.Certificate.Neighbors, neighbor => neighbor.State == NeighborState.BeyondGrid);
        Assert.Equal(written.Search.Certificate.Neighbors, found.Search.Certificate.Neighbors);
        Assert.Equal(written.Search.Certificate.Noise!.Losses, found.Search.Certificate.Noise!.Losses);
        Assert.Equal(written.Search.Path, found.Search.Path);
        Assert.Equal(Plan.Id, found.Plan.Id);
        Assert.True(found.IsComplete);
    }

    [Fact]
    public void Edited_or_damaged_files_are_named_and_passed_over_in_lists()
    {
        string store = folder.Path;
        string at = TuningFolder.Write(store, Tune(Plan, Bowl));
        Assert.Single(TuningFolder.List(store, Assert.Fail));
        string path = Path.Combine(at, "tuning.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"noise_seeds\": 3", "\"noise_seeds\": 4", StringComparison.Ordinal));
        var e = Assert.Throws<InputException>(() => TuningFolder.Read(at));
        Assert.StartsWith($"'{path}' was edited or is damaged (its checksum does not match its content)", e.Message, StringComparison.Ordinal);
        var warnings = new List<string>();
        Assert.Empty(TuningFolder.List(store, warnings.Add));
        Assert.Equal([e.Message], warnings);
        Assert.StartsWith($"'{store}' is not a tuning's folder", Assert.Throws<InputException>(() => TuningFolder.Read(store)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_follows_from_what_decides_and_from_nothing_else()
    {
        TuningPlan[] others =
        [
            Plan with { Config = Config with { LearningRate = 1e-3 } },
            Plan with { Config = Config with { Tokens = 999 } },
            Plan with { Config = Config.WithSeed(1) },
            Plan with { Grid = new TuningGrid { Epochs = [8, 16] } },
            Plan with { Recipe = TuningRecipe.Standard },
            Plan with { Members = 2 },
            Plan with { NoiseSeeds = 0 },
        ];
        Assert.Equal(others.Length + 1, others.Append(Plan).Select(plan => plan.Id).Distinct().Count());
        Assert.Equal(Plan.Id, (Plan with { Config = Config with { Model = Config.Model with { Name = "another" } }, Grid = new TuningGrid() }).Id);
    }

    [Fact]
    public void Runs_of_members_and_of_repeats_have_seeds_of_their_own()
    {
        TuningPlan plan = Plan with { Members = 3, Config = Config.WithSeed(5) };
        var point = new TuningPoint(1e-3, 4, .2);
        Assert.Equal([5, 6, 7], plan.RunsOf(new TuningTrial(point)).Select(config => (int)config.DataSeed));
        Assert.Equal([11, 12, 13], plan.RunsOf(new TuningTrial(point, 2)).Select(config => (int)config.InitializationSeed));
        // They are the members of 'ensemble'.
        TrainingConfig member = Config with { LearningRate = 1e-3, Epochs = 4, WeightDecay = .2 };
        Assert.Equal(member.WithSeed(6), plan.RunsOf(new TuningTrial(point))[1]);
    }

    [Fact]
    public void What_cannot_be_run_is_refused_before_anything_is()
    {
        AssertRefused(Plan with { Config = Config with { StepLimit = 9, Epochs = 1 } }, "--steps was given 9");
        AssertRefused(Plan with { Members = 0 }, "--members was given 0");
        AssertRefused(Plan with { NoiseSeeds = -1 }, "--noise-seeds was given -1");
        AssertRefused(Plan with { Config = Config with { Epochs = 15 } }, "--epochs was given 15; it takes a value of its grid: 1, 2, 4, 8, 16, 32, 64.");
        AssertRefused(Plan with { Config = Config with { DropoutSeed = uint.MaxValue - 2 } }, $"--seed was given {uint.MaxValue - 2}");
        AssertRefused(Plan with { Config = Config with { DataSeed = ulong.MaxValue } }, $"--data-seed was given {ulong.MaxValue}");
        AssertRefused(Plan with { Grid = new TuningGrid { LearningRates = [3e-3, 11] } }, "--lr was given 11");
        AssertRefused(Plan with { Grid = new TuningGrid { LearningRates = [3e-3, .2] } }, "--wd was given 6.4; it takes a number from 0 to below 5");
        AssertRefused(Plan with { Config = Config with { Dropout = 1 } }, "--dropout was given 1");
        (Plan with { Config = Config with { DropoutSeed = uint.MaxValue - 3 } }).Validate();
    }

    [Fact]
    public void An_ensemble_starts_from_the_best_certified_tuning_of_its_single_model()
    {
        TuningPlan ensemble = Plan with { Members = 4, Config = Config.WithSeed(9) };
        TuningResult good = Tune(Plan with { NoiseSeeds = 0 }, Bowl);
        TuningResult worse = Tune(Plan with { Config = Config with { Epochs = 8 } }, point => Bowl(point) + 1);
        TuningResult unlike = Tune(Plan with { Config = Config with { Tokens = 999 } }, point => Bowl(point) - 1);
        TuningResult standard = Tune(Plan with { Recipe = TuningRecipe.Standard }, point => Bowl(point) - 1);
        TuningResult ofMembers = Tune(ensemble, point => Bowl(point) - 1);
        TuningResult open = TuningResult.Of(Plan, new Tuner(Plan.Grid, new MadeUpObjective(point => Bowl(point) - 1)).Run(Plan.Start, trials: 2));
        Assert.Same(good, TuningStart.FindSingle([worse, unlike, standard, ofMembers, open, good], ensemble));
        Assert.Null(TuningStart.FindSingle([unlike, standard, ofMembers, open], ensemble));
        Assert.Equal(new TuningPoint(1e-3, 16, .2), TuningStart.OfMembers(good.Search.Optimum, TuningRecipe.Regularised));
        Assert.Equal(new TuningPoint(1e-3, 16, .4), TuningStart.OfMembers(good.Search.Optimum, TuningRecipe.Standard));
    }

    private static double Bowl(TuningPoint point) =>
        2 + Math.Abs(Math.Log10(point.LearningRate) + 3) + Math.Abs(Math.Log2(point.Epochs) - 3) + Math.Abs(point.WeightDecay - .4);

    private static TuningResult Tune(TuningPlan plan, Func<TuningPoint, double> loss) => TuningResult.Of(
        plan,
        new Tuner(plan.Grid, new MadeUpObjective((point, repeat) => loss(point) + (.001 * repeat))).Run(plan.Start, plan.NoiseSeeds));

    private static void AssertRefused(TuningPlan plan, string start) =>
        Assert.StartsWith(start, Assert.Throws<InputException>(plan.Validate).Message, StringComparison.Ordinal);
}
