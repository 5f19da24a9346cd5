using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class PruningTrainingTests : IDisposable
{
    private readonly TestRuns runs = new();

    private TrainingConfig Config => runs.Config with { WeightDecay = 2, Pruning = new GradualPruning { Share = .6 } };

    [Theory]
    [InlineData(null, OptimizerKind.AdamW)]
    [InlineData(.8, OptimizerKind.AdamW)]
    [InlineData(.8, OptimizerKind.Muon)]
    public void Each_of_the_layers_matrices_ends_with_its_share_of_zeros_and_nothing_else_has_any(double? ema, OptimizerKind optimizer)
    {
        TrainingConfig config = Config with { Ema = ema, Optimizer = optimizer };
        RunResult result = runs.Run("pruned", config).Result!;
        using LlamaModel model = Load("pruned", config);
        long zeros = 0;
        foreach (NamedParameter parameter in model.Layout.Named)
        {
            float[] weights = parameter.In(model.Parameters).ToArray();
            bool pruned = model.Layout.LayerMatrices.Contains(parameter);
            Assert.Equal(pruned ? (long)Math.Round(.6 * weights.Length) : 0, weights.Count(weight => weight == 0));
            zeros += weights.Count(weight => weight == 0);
        }

        Assert.Equal(14, model.Layout.LayerMatrices.Count);
        Assert.Equal(result.Parameters - zeros, result.FinalParameters);
        Assert.InRange(result.AverageParameters!.Value, result.FinalParameters!.Value, result.Parameters);
    }

    [Fact]
    public void A_dense_run_tells_of_no_pruning_and_is_the_run_it_was()
    {
        RunResult result = runs.Run("dense").Result!;
        Assert.Null(result.AverageParameters);
        Assert.Null(result.FinalParameters);
        Assert.DoesNotContain("pruning", runs.Config.ToJson(), StringComparison.Ordinal);
    }

    /// <summary>Before anything is pruned, while it is, after the last time.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(15)]
    public void A_run_that_was_stopped_ends_with_the_same_bits(long stopAfter)
    {
        TrainingConfig config = Config with { Ema = .8 };
        runs.Run("whole", config);
        runs.RunUntil(stopAfter, "stopped", config);
        runs.Run("stopped", config);
        Assert.Equal(runs.FinalTensors("whole", config).Model, runs.FinalTensors("stopped", config).Model);
        Assert.Equal(runs.FinalTensors("whole", config).Optimizer, runs.FinalTensors("stopped", config).Optimizer);
    }

    [Theory]
    [InlineData(Rung.Naive)]
    [InlineData(Rung.Cpu)]
    public void What_was_pruned_has_no_gradient_and_stays_0_under_any_optimizer_with_all_that_lies_beside_it(Rung rung)
    {
        using var model = new LlamaModel(TestRuns.Device, TestRuns.Model, new LlamaModelOptions(1, 16) { Training = true });
        model.Initialize(3);
        using var beside = new Slab<float>(TestRuns.Device, model.Layout.Slab);
        var schedule = new PruningSchedule(TestRuns.Model.ParameterCount, [.. model.Layout.LayerMatrices.Select(matrix => (long)matrix.Rows * matrix.Columns)], .5, 0, .5, steps: 8);
        using var pruner = new MagnitudePruner(schedule, model, [beside], rung);
        float[] ones = [.. Enumerable.Repeat(1f, (int)model.Layout.Slab.Length)];
        var pruned = new HashSet<int>();
        for (int step = 0; step < 8; step++)
        {
            Whole(model.Gradients).CopyFrom(ones);
            pruner.BeforeStep(step);
            float[] gradients = Whole(model.Gradients).ToArray();
            Assert.All(pruned, place => Assert.Equal(0, gradients[place]));
            Assert.Equal(schedule.ShareAfter(step) > 0 ? pruned.Count : 0, Zeros(model, gradients).Length);

            // An optimizer that moves every weight, as one does that mixes a matrix's entries.
            Whole(model.Parameters).CopyFrom([.. Whole(model.Parameters).ToArray().Select(weight => weight + .001f)]);
            Whole(beside).CopyFrom(ones);
            pruner.AfterStep(step + 1);
            float[] weights = Whole(model.Parameters).ToArray();
            Assert.All(pruned, place => Assert.Equal(0, weights[place]));
            pruned = [.. Zeros(model, weights)];
            if (schedule.IsDueAfter(step + 1))
                Assert.Equal(pruned.Order(), Zeros(model, Whole(beside).ToArray()).Order());
        }

        Assert.Equal(.5 * schedule.FinalParameters, .5 * (TestRuns.Model.ParameterCount - pruned.Count));
    }

    [Fact]
    public void The_smallest_weights_go_first()
    {
        using var model = new LlamaModel(TestRuns.Device, TestRuns.Model, new LlamaModelOptions(1, 16) { Training = true });
        model.Initialize(3);
        float[][] before = [.. model.Layout.LayerMatrices.Select(matrix => matrix.In(model.Parameters).ToArray())];
        var schedule = new PruningSchedule(TestRuns.Model.ParameterCount, [.. before.Select(weights => (long)weights.Length)], .5, 0, 1, steps: 1);
        using var pruner = new MagnitudePruner(schedule, model, []);
        pruner.AfterStep(1);
        for (int i = 0; i < before.Length; i++)
        {
            float[] after = model.Layout.LayerMatrices[i].In(model.Parameters).ToArray();
            float largestGone = before[i].Where((_, place) => after[place] == 0).Max(Math.Abs);
            Assert.All(Enumerable.Range(0, after.Length).Where(place => after[place] != 0), place => Assert.Equal(before[i][place], after[place]));
            Assert.True(after.Where(weight => weight != 0).Min(Math.Abs) >= largestGone);
        }
    }

    [Fact]
    public void A_fit_by_average_parameters_takes_those_of_runs()
    {
        string store = runs.Path("store");
        runs.Run("store/pruned", Config);
        runs.Run("store/dense");
        DataTable table = RunsTable.OfRuns(store, _ => { });
        LawData data = LawDataReader.Read(LawLibrary.Find("average-parameters")!, table, new Dictionary<string, string>());
        double[] expected = [TestRuns.Model.ParameterCount, RunFolder.ReadResult(runs.Path("store/pruned"))!.AverageParameters!.Value];
        Assert.Equal(expected, data.Numbers("N").OrderDescending());
        LawData byCount = LawDataReader.Read(LawLibrary.Find("chinchilla")!, table, new Dictionary<string, string>());
        Assert.All(byCount.Numbers("N"), n => Assert.Equal(TestRuns.Model.ParameterCount, n));
    }

    [Fact]
    public void The_mask_is_planned_for() =>
        Assert.Equal(
            Trainer.PlanMemory(runs.Config, TestRuns.Options).Total + MagnitudePruner.Bytes(new ParameterLayout(TestRuns.Model)),
            Trainer.PlanMemory(Config, TestRuns.Options).Total);

    public void Dispose() => runs.Dispose();

    private static Tensor<float> Whole(Slab<float> slab) => new(slab.View, 1, (int)slab.View.Length);

    /// <summary>Places within the layers' matrices.</summary>
    private static int[] Zeros(LlamaModel model, float[] values) =>
        [.. model.Layout.LayerMatrices.SelectMany(matrix =>
        {
            int first = (int)matrix.Entry.Offset + (matrix.FirstRow * matrix.Columns);
            return Enumerable.Range(first, matrix.Rows * matrix.Columns).Where(place => values[place] == 0);
        })];

    private LlamaModel Load(string name, TrainingConfig config)
    {
        var model = new LlamaModel(TestRuns.Device, config.Model, new LlamaModelOptions(config.Batch, config.Length));
        CheckpointTensors.LoadInto(model, RunFolder.FindCheckpoint(runs.Path(name), config)!.ModelPath);
        return model;
    }
}
