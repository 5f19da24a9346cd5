using Ilgpu.Pretrain.Ensembling;

namespace Ilgpu.Pretrain.Tests.Ensembling;

public sealed class SimplexMinimizerTests
{
    private const double Tolerance = 1e-10;

    /// <summary>The sum of a_i (w_i - c_i)^2 / 2, whose least value on the simplex is known where c lies on it.</summary>
    [Fact]
    public void A_minimum_inside_the_simplex_is_found()
    {
        double[] center = [.5, .2, .3];
        double[] scale = [1, 10, 100];
        SimplexMinimum minimum = SimplexMinimizer.Minimize(3, Tolerance, weights => Bowl(weights, center, scale));
        for (int i = 0; i < 3; i++)
            Assert.Equal(center[i], minimum.Weights[i], 1e-6);
        Assert.InRange(minimum.Gap, 0, Tolerance);
        Assert.InRange(minimum.Iterations, 1, 3);
    }

    [Fact]
    public void A_minimum_outside_leaves_the_nearest_corner()
    {
        SimplexMinimum minimum = SimplexMinimizer.Minimize(3, Tolerance, weights => Bowl(weights, [3, -1, -1], [1, 1, 1]));
        Assert.Equal([1, 0, 0], minimum.Weights);
        Assert.Equal(0, minimum.Gap, 1e-12);
    }

    /// <summary>The mixture of four known distributions, fitted by expectation and maximisation instead, many steps of it.</summary>
    [Fact]
    public void A_likelihood_ends_where_expectation_maximisation_does_and_its_gap_bounds_what_is_left()
    {
        var random = new Random(5);
        double[][] probabilities = [.. Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, 4).Select(m => Math.Pow(random.NextDouble(), 1 + m)).ToArray())];
        SimplexMinimum minimum = SimplexMinimizer.Minimize(4, 1e-9, weights => Likelihood(weights, probabilities));
        double[] weights = [.25, .25, .25, .25];
        for (int step = 0; step < 20_000; step++)
            weights = [.. Likelihood(weights, probabilities).Gradient.Zip(weights, (slope, weight) => -slope * weight)];
        double least = Likelihood(weights, probabilities).Value;
        Assert.InRange(minimum.Value - least, -1e-9, minimum.Gap + 1e-9);
        Assert.Equal(1, minimum.Weights.Sum(), 1e-12);
        Assert.All(minimum.Weights, weight => Assert.InRange(weight, 0, 1));
        for (int m = 0; m < 4; m++)
            Assert.Equal(weights[m], minimum.Weights[m], 1e-3);
        Assert.InRange(minimum.Gap, 0, 1e-9);
    }

    [Fact]
    public void Members_that_are_the_same_and_a_single_one_end_at_once()
    {
        double[][] same = [[.2, .2], [.7, .7]];
        SimplexMinimum minimum = SimplexMinimizer.Minimize(2, Tolerance, weights => Likelihood(weights, same));
        Assert.Equal((.5, 0), (minimum.Weights[0], minimum.Iterations));
        Assert.Equal([1], SimplexMinimizer.Minimize(1, Tolerance, weights => Bowl(weights, [0], [1])).Weights);
    }

    private static QuadraticModel Bowl(double[] weights, double[] center, double[] scale)
    {
        var hessian = new double[weights.Length, weights.Length];
        for (int i = 0; i < weights.Length; i++)
            hessian[i, i] = scale[i];
        double[] off = [.. weights.Zip(center, (weight, at) => weight - at)];
        return new QuadraticModel(off.Zip(scale, (x, a) => a * x * x / 2).Sum(), [.. off.Zip(scale, (x, a) => a * x)], hessian);
    }

    private static QuadraticModel Likelihood(double[] weights, double[][] probabilities)
    {
        int count = weights.Length;
        double value = 0;
        var gradient = new double[count];
        var hessian = new double[count, count];
        foreach (double[] token in probabilities)
        {
            double sum = token.Zip(weights, (p, weight) => p * weight).Sum();
            value -= Math.Log(sum) / probabilities.Length;
            for (int m = 0; m < count; m++)
            {
                gradient[m] -= token[m] / sum / probabilities.Length;
                for (int l = 0; l < count; l++)
                    hessian[m, l] += token[m] * token[l] / (sum * sum) / probabilities.Length;
            }
        }

        return new QuadraticModel(value, gradient, hessian);
    }
}
