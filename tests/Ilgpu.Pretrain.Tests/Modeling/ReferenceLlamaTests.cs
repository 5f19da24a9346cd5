using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

public sealed class ReferenceLlamaTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void The_reference_gradients_are_the_derivatives(bool tied, bool dropout)
    {
        const int Length = 3;
        const double Scale = .25;
        LlamaConfig config = TestModels.Tiny with { Hidden = 8, Mlp = 6, Vocabulary = 7, TiedEmbeddings = tied };
        var random = new Inputs(3);
        var parameters = new ParameterLayout(config).Named.ToDictionary(
            each => each.Name,
            each => random.Normal(each.Rows * each.Columns, .5).ToDoubles());
        (int[] inputs, int[] targets) = TestModels.Batch(config, 3 * Length, 4);
        double[][]? masks = dropout
            ? [.. Enumerable.Range(0, 1 + (2 * config.Layers)).Select(_ => random.Integers(inputs.Length * config.Hidden, 0, 2).Select(each => each * 2.0).ToArray())]
            : null;
        var reference = new ReferenceLlama(config, parameters) { DropoutMasks = masks };
        Dictionary<string, double[]> gradients = reference.LossesAndGradients(inputs, targets, Length, Scale).Gradients;
        foreach ((string name, double[] values) in parameters)
        {
            double Loss(double[] moved)
            {
                var others = new Dictionary<string, double[]>(parameters) { [name] = moved };
                return Scale * new ReferenceLlama(config, others) { DropoutMasks = masks }.Losses(inputs, targets, Length).Sum();
            }

            NumericGradient.AssertMatches(Loss, values, gradients[name], name);
        }
    }
}
