using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

public sealed class ParameterLayoutTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_decayed_matrices_come_first_and_nothing_else_does(bool tied)
    {
        var layout = new ParameterLayout(TestModels.Tiny with { TiedEmbeddings = tied });
        Assert.Contains(layout.Slab.Entries, entry => entry.Offset == layout.DecayedLength);
        foreach (NamedParameter parameter in layout.Named)
        {
            bool undecayed = parameter.IsGain || (parameter.Name == "model.embed_tokens.weight" && !tied);
            Assert.Equal(undecayed, parameter.Entry.Offset >= layout.DecayedLength);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_names_are_hugging_faces_and_cover_every_element_once(bool tied)
    {
        LlamaConfig config = TestModels.Tiny with { TiedEmbeddings = tied };
        var layout = new ParameterLayout(config);
        Assert.Equal(config.ParameterCount, layout.Named.Sum(each => (long)each.Rows * each.Columns));
        Assert.Equal(config.ParameterCount, layout.Slab.Entries.Sum(entry => entry.Length));
        var covered = new HashSet<(long Offset, int Row)>();
        foreach (NamedParameter parameter in layout.Named)
        {
            for (int row = 0; row < parameter.Rows; row++)
                Assert.True(covered.Add((parameter.Entry.Offset, parameter.FirstRow + row)), parameter.Name);
        }

        Assert.Equal(tied, layout.Named.All(each => each.Name != "lm_head.weight"));
        NamedParameter key = layout.Named.Single(each => each.Name == "model.layers.1.self_attn.k_proj.weight");
        Assert.Equal([config.KeyValueHeads * config.HeadSize, config.Hidden], key.Shape);
        Assert.Equal(config.Hidden, key.FirstRow);
        Assert.Equal([config.Hidden], layout.Named.Single(each => each.Name == "model.norm.weight").Shape);
    }

    [Fact]
    public void The_plan_is_what_is_allocated()
    {
        LlamaConfig config = TestModels.Tiny;
        var options = new LlamaModelOptions(3, 5) { Training = true };
        ModelPlan plan = ModelPlan.Of(config, options);
        Assert.Equal(new ParameterLayout(config).Slab.Length * sizeof(float), plan.Parameters);
        Assert.Equal(plan.Parameters, plan.Gradients);
        Assert.Equal(2 * plan.Parameters, plan.OptimizerState);
        Assert.Equal(plan.Parameters + plan.Gradients + plan.OptimizerState + plan.Activations + plan.Scratch, plan.Total);

        ModelPlan recomputing = ModelPlan.Of(config, options with { Recompute = true });
        ModelPlan evaluating = ModelPlan.Of(config, options with { Training = false });
        Assert.True(recomputing.Activations < plan.Activations);
        Assert.True(evaluating.Activations < recomputing.Activations);
        Assert.Equal(0, evaluating.Gradients + evaluating.OptimizerState);
    }

    [Fact]
    public void A_plan_of_the_largest_preset_allocates_nothing()
    {
        ModelPlan plan = ModelPlan.Of(LlamaPresets.Find("3.2b")!, new LlamaModelOptions(64, 4096) { Training = true });
        Assert.True(plan.Parameters > 12_900_000_000);
        Assert.True(plan.Total > 1_000_000_000_000);
    }

    [Theory]
    [InlineData(0, 8, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(1, 4097, 0)]
    [InlineData(int.MaxValue, 8, 0)]
    [InlineData(1, 8, 1)]
    [InlineData(1, 8, -.1)]
    [InlineData(1, 8, double.NaN)]
    public void Wrong_options_are_refused(int batch, int length, double dropout) =>
        Assert.Throws<InputException>(() => ModelPlan.Of(LlamaPresets.Find("150m")!, new LlamaModelOptions(batch, length) { Dropout = (float)dropout }));
}
