using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>Muennighoff et al. (arXiv 2305.16264): the objective and R2 of the published point on their 182 runs, and both minima.</summary>
public sealed class MuennighoffTests
{
    private const double PublishedObjective = .0158259;
    private const double OtherObjective = .0158074;
    private const double PublishedRSquared = .7722046;
    private const double RSquaredWithoutDecay = .4451684;

    private static readonly RepeatedDataLaw Law = new();

    [Fact]
    public void The_published_point_has_its_objective_and_its_R2()
    {
        LawData data = Data();
        Assert.Equal(182, data.Count);
        double[] fitted = At(data, Law.Published[0].Parameters);
        double objective = data.Target.Zip(fitted).Sum(pair => Law.Criterion.Cost(Math.Log(pair.First / pair.Second)));
        // Half a unit of the last printed digit.
        Assert.Equal(PublishedObjective, objective, 5.1e-8);
        Assert.Equal(PublishedRSquared, LawFitting.RSquared(data.Target, fitted), 5.1e-8);

        // Repeats that count in full: a decay that never comes.
        var endless = new Dictionary<string, double>(Law.Published[0].Parameters) { ["R_D"] = 1e9, ["R_N"] = 1e9 };
        Assert.Equal(RSquaredWithoutDecay, LawFitting.RSquared(data.Target, At(data, endless)), 1e-6);
    }

    [Fact]
    public void Both_minima_are_reported_the_published_one_too()
    {
        LawFit fit = LawFitting.Fit(Law, Data(), new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        foreach (LawMinimum minimum in fit.Estimate.Minima)
            TestContext.Current.TestOutputHelper?.WriteLine($"{minimum.Objective:G7}: R_D {minimum.Parameters["R_D"]:G5}, R_N {minimum.Parameters["R_N"]:G5}, {minimum.Starts} of {fit.Estimate.Starts} starts");

        // Four digits are known of each.
        LawMinimum published = Assert.Single(fit.Estimate.Minima, minimum => Math.Abs(minimum.Parameters["R_D"] - 15.37) < .01);
        Assert.Equal(5.315, published.Parameters["R_N"], .001);
        Assert.True(published.Objective <= PublishedObjective + 5e-8);
        LawMinimum other = Assert.Single(fit.Estimate.Minima, minimum => Math.Abs(minimum.Parameters["R_D"] - 46.99) < .01);
        Assert.Equal(2.330, other.Parameters["R_N"], .001);
        Assert.Equal(OtherObjective, other.Objective, 5.1e-8);
        // Starts with slower decays of tokens find a third one, lower still by a few millionths.
        Assert.True(fit.Estimate.Objective <= OtherObjective);
        Assert.Equal(fit.Estimate.Objective, fit.Estimate.Minima[0].Objective);
        Assert.Contains(fit.Warnings, warning => warning.Contains("--free A,B,E,alpha,beta", StringComparison.Ordinal));
    }

    private static double[] At(LawData data, IReadOnlyDictionary<string, double> parameters)
    {
        double[] fitted = new double[data.Count];
        Law.Bind(data).Evaluate(Law.InOrder(parameters), fitted, default);
        return fitted;
    }

    private static LawData Data() => SharedTables.Read(Law, "datablations_182_fit_points.csv");
}
