using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

public sealed class ParameterInitializationTests
{
    private static readonly LlamaConfig Config = TestModels.Tiny with { Hidden = 128, Mlp = 200, Vocabulary = 999 };

    [Fact]
    public void Matrices_are_normal_cut_at_three_deviations_of_one_over_root_inputs_and_gains_are_one()
    {
        using Slab<float> slab = Draw(Config, 3);
        foreach (NamedParameter parameter in new ParameterLayout(Config).Named)
        {
            float[] values = parameter.In(slab).ToArray();
            if (parameter.IsGain)
            {
                Assert.All(values, value => Assert.Equal(1, value));
                continue;
            }

            double[] standard = [.. values.Select(value => value * Math.Sqrt(parameter.Columns))];
            double error = 5 / Math.Sqrt(values.Length);
            Assert.True(standard.Max(Math.Abs) is > 2.8 and <= 3.000001, parameter.Name);
            Assert.Equal(0, standard.Average(), error);
            Assert.Equal(VarianceCutAtThree, standard.Average(value => value * value), 2 * error);
            Assert.Equal(.6827 / .9973, standard.Count(value => Math.Abs(value) < 1) / (double)values.Length, error);
        }
    }

    /// <summary>1 - 2 * 3 phi(3) / (2 Phi(3) - 1).</summary>
    private const double VarianceCutAtThree = .9733;

    [Fact]
    public void A_tensor_is_drawn_by_seed_and_name_alone()
    {
        using Slab<float> slab = Draw(Config, 3);
        using Slab<float> again = Draw(Config, 3);
        using Slab<float> other = Draw(Config, 4);
        using Slab<float> deeper = Draw(Config with { Layers = 3 }, 3);
        Bits.AssertEqual(TestModels.AllOf(slab), TestModels.AllOf(again), "same seed");
        IReadOnlyList<NamedParameter> deeperNames = new ParameterLayout(Config with { Layers = 3 }).Named;
        var seen = new HashSet<float>();
        foreach (NamedParameter parameter in new ParameterLayout(Config).Named.Where(each => !each.IsGain))
        {
            float[] values = parameter.In(slab).ToArray();
            Bits.AssertEqual(values, deeperNames.Single(each => each.Name == parameter.Name).In(deeper).ToArray(), parameter.Name);
            Assert.NotEqual(values, parameter.In(other).ToArray());
            Assert.True(seen.Add(values[0] * MathF.Sqrt(parameter.Columns)), $"{parameter.Name} begins as another tensor does");
        }
    }

    private static Slab<float> Draw(LlamaConfig config, ulong seed)
    {
        var layout = new ParameterLayout(config);
        var slab = new Slab<float>(TestDevices.Cpu, layout.Slab);
        ParameterInitialization.Fill(slab, layout, seed);
        return slab;
    }
}
