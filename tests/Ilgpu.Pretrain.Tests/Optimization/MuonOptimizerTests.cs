using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Tests.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Optimization;

public sealed class MuonOptimizerTests
{
    private const double Momentum = .9;
    private const double RateFactor = 3;

    /// <summary>
    /// An iteration errs by 5e-6 in fp32, which those after it make up to 141 times as much; an update multiplies that by
    /// lr scale, .06 * 1.3 at most here. Four steps.
    /// </summary>
    private const double FourSteps = 4 * .06 * 1.3 * 141 * 5e-6;

    private static readonly AdamWSettings AdamW = new(ClipNorm: .7);

    private static LlamaModelOptions Options { get; } = new(2, 8) { Training = true };

    [Theory]
    [InlineData(Rung.Naive)]
    [InlineData(Rung.Cpu)]
    public void Steps_follow_the_formula_in_double_precision(Rung rung)
    {
        using LlamaModel model = TestModels.Create(TestModels.Tiny, Options);
        using var optimizer = new MuonOptimizer(
            model.Device, new MuonSettings(Momentum, RateFactor), AdamW, model.Layout, model.Parameters, model.Gradients, rung);
        Dictionary<string, double[]> parameters = TestModels.Widened(model, model.Parameters);
        Dictionary<string, double[]> first = parameters.ToDictionary(each => each.Key, each => new double[each.Value.Length]);
        Dictionary<string, double[]> second = parameters.ToDictionary(each => each.Key, each => new double[each.Value.Length]);
        var inputs = new Inputs(7);
        for (int step = 1; step <= 4; step++)
        {
            foreach (NamedParameter parameter in model.Layout.Named)
                parameter.In(model.Gradients).CopyFrom(inputs.Normal(parameter.Rows * parameter.Columns, .01 * step));
            Dictionary<string, double[]> gradients = TestModels.Widened(model, model.Gradients);
            double norm = Math.Sqrt(gradients.Values.Sum(values => values.Sum(value => value * value)));
            double clip = Math.Min(1, AdamW.ClipNorm / norm);
            var rates = new StepRates(.005 * step, WeightDecay: 10);
            Assert.True(optimizer.TryStep(rates, out float actualNorm));
            Assert.Equal(norm, actualNorm, 1e-6 * norm);
            foreach (NamedParameter parameter in model.Layout.Named)
                Follow(parameter, model.Layout, parameters[parameter.Name], gradients[parameter.Name], first[parameter.Name], second[parameter.Name], clip, rates, step);
        }

        Assert.Equal(4, optimizer.StepsTaken);
        foreach (NamedParameter parameter in model.Layout.Named)
            new Tolerance(FourSteps, 0).AssertClose(parameters[parameter.Name], parameter.In(model.Parameters).ToArray(), parameter.Name);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        using LlamaModel model = TestModels.Create(TestModels.Tiny, Options);
        using IOptimizer optimizer = Optimizers.Create(OptimizerKind.Muon, model, AdamW, new MuonSettings());
        float[] before = TestModels.AllOf(model.Parameters);
        model.Gradients[model.Layout.FinalNorm].CopyFrom([float.NaN, .. new float[model.Config.Hidden - 1]]);
        Assert.False(optimizer.TryStep(new StepRates(.1, .1), out float norm));
        Assert.True(float.IsNaN(norm));
        Assert.Equal(0, optimizer.StepsTaken);
        Bits.AssertEqual(before, TestModels.AllOf(model.Parameters), "parameters");
        Assert.All(optimizer.State, state => Assert.All(TestModels.AllOf(state.Slab), value => Assert.Equal(0, value)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_checkpoint_has_one_moment_of_a_layers_matrices_and_two_of_the_rest(bool tied)
    {
        using LlamaModel model = TestModels.Create(TestModels.Tiny with { TiedEmbeddings = tied }, Options);
        using IOptimizer optimizer = Optimizers.Create(OptimizerKind.Muon, model, AdamW, new MuonSettings());
        NamedTensor[] tensors = [.. optimizer.State.SelectMany(state => CheckpointTensors.Of(model.Layout, state.Slab, state.Name + "."))];
        string[] expected =
        [
            .. model.Layout.Named.SelectMany(parameter => parameter.Name.Contains("_proj.", StringComparison.Ordinal)
                ? new[] { $"momentum.{parameter.Name}" }
                : [$"first_moment.{parameter.Name}", $"second_moment.{parameter.Name}"]),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));

        var plan = ModelPlan.Of(model.Config, Options, OptimizerKind.Muon);
        var adamW = ModelPlan.Of(model.Config, Options);
        Assert.Equal(optimizer.State.Sum(state => state.Slab.View.Length * sizeof(float)), plan.OptimizerState);
        Assert.Equal(adamW.OptimizerState - (model.Layout.HiddenLength * sizeof(float)), plan.OptimizerState);
        Assert.Equal(new MuonPlan(model.Layout.HiddenMatrices).ScratchBytes<float>(), plan.Scratch - adamW.Scratch);
        Assert.Equal(ModelPlan.Of(model.Config, Options with { Training = false }), ModelPlan.Of(model.Config, Options with { Training = false }, OptimizerKind.Muon));
    }

    [Fact]
    public void Scratch_memory_is_that_of_a_group_whatever_the_depth()
    {
        LlamaConfig model = LlamaPresets.Find("1.5b")!;
        var plan = new MuonPlan(new ParameterLayout(model).HiddenMatrices);
        long largest = (long)model.Hidden * model.Mlp;
        long order = (long)model.Hidden * model.Hidden;
        Assert.InRange(plan.ScratchLength, 2 * (largest + order), (2 * (largest + MuonPlan.GroupLength)) + (4 * order));
        Assert.Equal(plan.ScratchLength, new MuonPlan(new ParameterLayout(model with { Layers = 2 }).HiddenMatrices).ScratchLength);
        Assert.Equal(model.Layers * 7, plan.Groups.Sum(group => group.Count));
    }

    [Fact]
    public void Groups_of_one_and_of_many_matrices_give_the_same_bits()
    {
        MuonMatrix[] matrices = [.. new ParameterLayout(TestModels.Tiny).HiddenMatrices];
        Assert.Single(new MuonPlan(matrices).Groups);
        Assert.Equal(matrices.Length, new MuonPlan(matrices, groupLength: 1).Groups.Count);
        Bits.AssertEqual(Updated(new MuonPlan(matrices)), Updated(new MuonPlan(matrices, groupLength: 1)), "parameters");

        static float[] Updated(MuonPlan plan)
        {
            using LlamaModel model = TestModels.Create(TestModels.Tiny, Options);
            using var update = new MuonUpdate<float>(model.Device, plan, model.Parameters, rounded: null, rung: null);
            using var momentum = new Slab<float>(model.Device, model.Layout.Slab, 0, model.Layout.HiddenLength);
            using var memory = new TestMemory(model.Device);
            Tensor<float> norm = memory.Input([1f, 1f], 1, 2);
            new Tensor<float>(model.Gradients.View, 1, (int)model.Gradients.View.Length).CopyFrom(new Inputs(8).Normal(model.Gradients.View.Length));
            update.Step(momentum.View, model.Gradients.View, norm, Momentum, new MuonStep(.01, .1));
            return TestModels.AllOf(model.Parameters);
        }
    }

    private static void Follow(
        NamedParameter parameter,
        ParameterLayout layout,
        double[] values,
        double[] gradient,
        double[] first,
        double[] second,
        double clip,
        StepRates rates,
        int step)
    {
        if (parameter.Name.Contains("_proj.", StringComparison.Ordinal))
        {
            (double[] moved, double[] direction) = MuonReference.Momentum(first, gradient, clip, Momentum);
            moved.CopyTo(first, 0);
            direction = MuonReference.Iterate(direction, parameter.Rows, parameter.Columns, 5);
            double rate = rates.LearningRate * RateFactor;
            double scale = .2 * Math.Sqrt(Math.Max(parameter.Rows, parameter.Columns));
            for (int i = 0; i < values.Length; i++)
                values[i] = (values[i] * (1 - (rate * rates.WeightDecay))) - (rate * scale * direction[i]);
            return;
        }

        var adamW = new AdamWStep(rates.LearningRate, rates.WeightDecay, AdamW.Beta1, AdamW.Beta2, AdamW.Epsilon, step);
        for (int i = 0; i < values.Length; i++)
            (values[i], first[i], second[i]) = AdamWReference.Step(values[i], gradient[i], first[i], second[i], clip, parameter.Entry == layout.Head, adamW);
    }
}
