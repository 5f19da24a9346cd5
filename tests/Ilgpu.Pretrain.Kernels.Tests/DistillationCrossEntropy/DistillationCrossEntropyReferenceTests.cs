namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class DistillationCrossEntropyReferenceTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(.45, 1.2)]
    [InlineData(1, .5)]
    [InlineData(.5, 10)]
    public void The_reference_gradient_is_the_derivative_of_the_mixed_loss(double alpha, double temperature)
    {
        var mix = new SoftTargetMix(alpha, temperature);
        var inputs = new Inputs(52);
        double[] logits = inputs.Normal(3 * 5).ToDoubles();
        double[] teacher = inputs.Normal(3 * 5, 2).ToDoubles();
        int[] targets = [4, -1, 0];
        double[] gradient = DistillationCrossEntropyReference.Gradient(logits, teacher, targets, mix, .25);
        NumericGradient.AssertMatches(
            at =>
            {
                double[] hard = CrossEntropyReference.Losses(at, targets);
                double[] soft = DistillationCrossEntropyReference.Divergences(at, teacher, targets, temperature);
                return .25 * hard.Zip(soft, mix.Loss).Sum();
            },
            logits,
            gradient,
            "logits");
    }

    /// <summary>Even odds against odds of 3 at temperature 1, which are odds of 9 there at temperature 1/2.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(.5, 9)]
    public void The_reference_gives_what_two_words_have_in_closed_form(double temperature, double odds)
    {
        double divergence = DistillationCrossEntropyReference.Divergences([0, 0], [Math.Log(3), 0], [0], temperature)[0];
        double sure = odds / (odds + 1);
        Assert.Equal((sure * Math.Log(2 * sure)) + ((1 - sure) * Math.Log(2 * (1 - sure))), divergence, 1e-15);
    }
}
