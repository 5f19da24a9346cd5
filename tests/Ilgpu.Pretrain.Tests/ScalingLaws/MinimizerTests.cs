using Ilgpu.Pretrain.ScalingLaws;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>The minimiser beside MathNet's, which share no line, and on problems whose minimum is known.</summary>
public sealed class MinimizerTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(1e-2)]
    [InlineData(1e-3)]
    public void No_simplex_search_from_around_finds_anything_lower(double? delta)
    {
        var law = new ChinchillaLaw();
        var criterion = new FitCriterion(OnLog: true, delta);
        for (int seed = 0; seed < 3; seed++)
        {
            LawData data = Simulation.OfChinchilla(new Random(seed), noise: .01);
            LawFit fit = LawFitting.Fit(law, data, new FitOptions { Criterion = criterion, Bootstraps = 0 }, TestContext.Current.CancellationToken);
            LawModel model = law.Bind(data);
            double[] values = new double[data.Count];
            double Objective(Vector<double> at)
            {
                model.Evaluate([Math.Exp(at[0]), Math.Exp(at[1]), at[2], at[3], at[4]], values, default);
                return data.Target.Zip(values).Sum(pair => criterion.Cost(Math.Log(pair.First / pair.Second)));
            }

            IReadOnlyDictionary<string, double> found = fit.Estimate.Parameters;
            Vector<double> start = Vector<double>.Build.Dense([Math.Log(found["A"]) + .2, Math.Log(found["B"]) - .2, found["E"] + .02, found["alpha"] + .01, found["beta"] - .01]);
            MinimizationResult simplex = new NelderMeadSimplex(1e-14, 20_000).FindMinimum(ObjectiveFunction.Value(Objective), start);
            double lowest = simplex.FunctionInfoAtMinimum.Value;
            Assert.True(fit.Estimate.Objective <= lowest * (1 + 1e-9), $"seed {seed}, delta {delta}: {fit.Estimate.Objective}, by simplex {lowest}");
            // It should have come close, or the comparison says nothing.
            Assert.True(lowest <= fit.Estimate.Objective * 1.05, $"seed {seed}, delta {delta}: simplex stopped at {lowest} over {fit.Estimate.Objective}");
        }
    }

    [Fact]
    public void Least_squares_on_logarithms_of_a_power_is_the_straight_line()
    {
        const int Seed = 6;
        var random = new Random(Seed);
        double[] x = [.. Enumerable.Range(1, 30).Select(i => (double)i)];
        double[] y = [.. x.Select(each => 3 * Math.Pow(each, .7) * Math.Exp(.3 * Simulation.Gaussian(random)))];
        double[] weights = [.. x.Select(_ => .1 + random.NextDouble())];
        var data = new LawData([.. x.Select(each => $"row {each}")], y, new Dictionary<string, double[]> { ["x"] = x, ["weight"] = weights });
        LawFit fit = LawFitting.Fit(new LogLogLaw(LogLogLaw.Anything), data, new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        double[] line = MathNet.Numerics.Fit.PolynomialWeighted([.. x.Select(each => Math.Log(each))], [.. y.Select(each => Math.Log(each))], weights, 1);
        // The search stops where a step would gain less than 1e-14 of the objective: 1e-7 of the noise.
        Assert.Equal(Math.Exp(line[0]), fit.Estimate.Parameters["k"], 1e-7);
        Assert.Equal(line[1], fit.Estimate.Parameters["p"], 1e-7);
    }

    [Fact]
    public void The_normal_equations_are_solved_and_refused_where_they_are_singular()
    {
        double[] matrix = [4, 0, 0, 2, 5, 0, 1, 3, 6];
        double[] right = [1, 2, 3];
        Assert.True(NormalMatrix.Solve(matrix, right));
        Matrix<double> full = Matrix<double>.Build.DenseOfArray(new double[,] { { 4, 2, 1 }, { 2, 5, 3 }, { 1, 3, 6 } });
        Assert.All(full.Solve(Vector<double>.Build.Dense([1, 2, 3])).Zip(right), pair => Assert.Equal(pair.First, pair.Second, 1e-14));
        Assert.False(NormalMatrix.Solve([1, 0, 1, 1], [1, 1]));
        Assert.False(NormalMatrix.Solve([-1], [1]));
    }

    [Fact]
    public void Hubers_cost_is_quadratic_within_delta_and_linear_beyond()
    {
        FitCriterion huber = FitCriterion.HuberOfLog(.5);
        Assert.Equal(.08, huber.Cost(-.4), 1e-15);
        Assert.Equal(.5 * (2 - .25), huber.Cost(2), 1e-15);
        Assert.Equal(9, FitCriterion.LeastSquares.Cost(-3));
        Assert.Equal("sum of Huber(0.5) of the log residual, quadratic part r^2/2", $"{huber}");
    }
}
