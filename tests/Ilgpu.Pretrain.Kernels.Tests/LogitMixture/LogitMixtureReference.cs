namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The cross-entropy of a weighted sum of logits and its derivatives in fp64, written from the formulas.</summary>
internal static class LogitMixtureReference
{
    /// <param name="members">Of each member the row's logits.</param>
    /// <param name="weights">One a member.</param>
    /// <param name="target">-1 has loss and derivatives 0.</param>
    public static (double Loss, double[] Gradient, double[] Curvature) OfRow(double[][] members, double[] weights, int target)
    {
        int count = members.Length;
        var gradient = new double[count];
        var curvature = new double[LogitMixture.Pairs(count)];
        if (target < 0)
            return (0, gradient, curvature);
        double[] sum = [.. members[0].Select((_, i) => members.Zip(weights, (logits, weight) => weight * logits[i]).Sum())];
        double logSumExp = EnsembleCrossEntropyReference.LogSumExp(sum);
        double[] q = [.. sum.Select(s => Math.Exp(s - logSumExp))];
        double[] means = [.. members.Select(logits => logits.Zip(q, (z, p) => p * z).Sum())];
        for (int m = 0; m < count; m++)
        {
            gradient[m] = means[m] - members[m][target];
            for (int l = 0; l <= m; l++)
                curvature[(m * (m + 1) / 2) + l] = q.Select((p, i) => p * (members[m][i] - means[m]) * (members[l][i] - means[l])).Sum();
        }

        return (logSumExp - sum[target], gradient, curvature);
    }
}

public sealed class LogitMixtureReferenceTests
{
    /// <summary>Central differences of a smooth function in fp64: off by the step's square and by rounding over the step.</summary>
    private static readonly Tolerance Differences = new(1e-6, 1e-6);

    [Fact]
    public void The_derivatives_of_the_reference_are_those_of_its_loss()
    {
        const double Step = 1e-4;
        var inputs = new Inputs(70);
        double[][] members = [.. Enumerable.Range(0, 3).Select(_ => inputs.Normal(11, 2).ToDoubles())];
        double[] weights = [.2, .5, .3];
        (_, double[] gradient, double[] curvature) = LogitMixtureReference.OfRow(members, weights, 4);
        for (int m = 0; m < 3; m++)
        {
            (double lossAbove, double[] above, _) = LogitMixtureReference.OfRow(members, Moved(weights, m, Step), 4);
            (double lossBelow, double[] below, _) = LogitMixtureReference.OfRow(members, Moved(weights, m, -Step), 4);
            Differences.AssertClose([gradient[m]], [(float)((lossAbove - lossBelow) / (2 * Step))], $"gradient {m}");
            for (int l = 0; l <= m; l++)
                Differences.AssertClose([curvature[(m * (m + 1) / 2) + l]], [(float)((above[l] - below[l]) / (2 * Step))], $"curvature {m}, {l}");
        }
    }

    private static double[] Moved(double[] weights, int index, double by) => [.. weights.Select((weight, i) => i == index ? weight + by : weight)];
}
