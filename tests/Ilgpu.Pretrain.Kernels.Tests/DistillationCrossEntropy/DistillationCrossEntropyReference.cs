namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Learning from soft labels in fp64, written from the formulas.</summary>
internal static class DistillationCrossEntropyReference
{
    /// <summary>KL(teacher || student) of each row, both softened.</summary>
    public static double[] Divergences(double[] logits, double[] teacher, int[] targets, double temperature)
    {
        int vocabulary = logits.Length / targets.Length;
        var divergences = new double[targets.Length];
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] < 0)
                continue;
            double[] p = LogSoftmax(logits.AsSpan(row * vocabulary, vocabulary), temperature);
            double[] q = LogSoftmax(teacher.AsSpan(row * vocabulary, vocabulary), temperature);
            // A probability that fp64 has no number for adds nothing; its logarithm may be infinite.
            for (int i = 0; i < vocabulary; i++)
                divergences[row] += Math.Exp(q[i]) == 0 ? 0 : Math.Exp(q[i]) * (q[i] - p[i]);
        }

        return divergences;
    }

    /// <summary>Of the sum of the rows' mixed losses, times the scale.</summary>
    public static double[] Gradient(double[] logits, double[] teacher, int[] targets, SoftTargetMix mix, double scale)
    {
        int vocabulary = logits.Length / targets.Length;
        double[] gradient = CrossEntropyReference.Gradient(logits, targets, scale * (1 - mix.Alpha));
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] < 0)
                continue;
            double[] p = LogSoftmax(logits.AsSpan(row * vocabulary, vocabulary), mix.Temperature);
            double[] q = LogSoftmax(teacher.AsSpan(row * vocabulary, vocabulary), mix.Temperature);
            for (int i = 0; i < vocabulary; i++)
                gradient[(row * vocabulary) + i] += scale * mix.Alpha * mix.Temperature * (Math.Exp(p[i]) - Math.Exp(q[i]));
        }

        return gradient;
    }

    private static double[] LogSoftmax(ReadOnlySpan<double> logits, double temperature)
    {
        var scaled = new double[logits.Length];
        for (int i = 0; i < logits.Length; i++)
            scaled[i] = logits[i] / temperature;
        double logSum = EnsembleCrossEntropyReference.LogSumExp(scaled);
        return Array.ConvertAll(scaled, value => value - logSum);
    }
}

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
