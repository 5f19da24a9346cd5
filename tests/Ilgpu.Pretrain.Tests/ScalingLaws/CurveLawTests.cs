using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>The laws of loss curves on Luo et al.'s data (arXiv 2503.12811).</summary>
public sealed class CurveLawTests
{
    [Theory]
    [InlineData(25, .9988, .00376, .00465, .00110, .00409)]
    [InlineData(100, .9983, .00435, .00592, .00142, .00583)]
    [InlineData(400, .9978, .00484, .00730, .00168, .00995)]
    public void The_published_multi_power_laws_have_their_published_scores(int size, double r2, double mae, double rmse, double mean, double worst)
    {
        var law = new MultiPowerLaw();
        LawData data = CurveTables.Read(law, size, CurveTables.HeldOut);
        PublishedLaw published = Assert.Single(law.Published, each => each.Name == $"{size}m");
        CurveScore[] scores = Scores(law, data, published.Parameters);
        Assert.Equal(6, scores.Length);
        // Within one unit of the last digit that was printed.
        Assert.Equal(r2, scores.Average(score => score.RSquared), 1e-4);
        Assert.Equal(mae, scores.Average(score => score.MeanAbsoluteError), 1e-5);
        Assert.Equal(rmse, scores.Average(score => score.RootMeanSquareError), 1e-5);
        Assert.Equal(mean, scores.Average(score => score.MeanRelativeError), 1e-5);
        Assert.Equal(worst, scores.Average(score => score.WorstRelativeError), 1e-5);
    }

    [Fact]
    public void A_multi_power_fit_is_no_worse_than_the_published_one()
    {
        var law = new MultiPowerLaw();
        LawData data = CurveTables.Read(law, 25, CurveTables.Fitted);
        LawFit fit = Fit(law, data);
        double[] published = new double[data.Count];
        law.Bind(data).Evaluate(law.InOrder(law.Published[0].Parameters), published, default);
        double objective = data.Target.Zip(published).Sum(pair => law.Criterion.Cost(Math.Log(pair.First / pair.Second)));
        TestContext.Current.TestOutputHelper?.WriteLine($"published {objective:G6}");
        Assert.True(fit.Estimate.Objective <= objective);
        CurveScore[] scores = Scores(law, CurveTables.Read(law, 25, CurveTables.HeldOut), fit.Estimate.Parameters);
        Assert.All(scores, score => Assert.InRange(score.RSquared, .98, 1));
        TestContext.Current.TestOutputHelper?.WriteLine($"held out: R2 {scores.Average(score => score.RSquared):F4}, MAE {scores.Average(score => score.MeanAbsoluteError):F5}");
    }

    [Fact]
    public void An_annealing_fit_follows_the_curves_it_never_saw()
    {
        var law = new AnnealingLaw();
        LawFit fit = Fit(law, CurveTables.Read(law, 25, CurveTables.Fitted));
        CurveScore[] scores = Scores(law, CurveTables.Read(law, 25, CurveTables.HeldOut), fit.Estimate.Parameters);
        foreach (CurveScore score in scores)
            TestContext.Current.TestOutputHelper?.WriteLine($"{score}");
        // The multi-power law, published as the better one, has .9988 on the mean of these.
        Assert.All(scores, score => Assert.InRange(score.RSquared, .99, 1));
        Assert.All(scores, score => Assert.InRange(score.WorstRelativeError, 0, .01));
    }

    private static LawFit Fit(CurveLaw law, LawData data)
    {
        LawFit fit = LawFitting.Fit(law, data, new FitOptions(), TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine($"{law.Name}: objective {fit.Estimate.Objective:G6}, R2 {fit.RSquared:F5}, {string.Join(", ", fit.Estimate.Parameters.Select(each => $"{each.Key} {each.Value:G6}"))}; {string.Join(" | ", fit.Estimate.Minima.Select(minimum => $"{minimum.Objective:G6} from {minimum.Starts}"))} of {fit.Estimate.Starts}; {string.Join(" ", fit.Warnings)}");
        return fit;
    }

    private static CurveScore[] Scores(CurveLaw law, LawData data, IReadOnlyDictionary<string, double> parameters)
    {
        double[] predicted = new double[data.Count];
        law.Bind(data).Evaluate(law.InOrder(parameters), predicted, default);
        string[] names = data.Words(CurveLaw.Curve.Name);
        return
        [
            .. Enumerable.Range(0, data.Count).GroupBy(row => names[row])
                .Select(rows => CurveScore.Of(rows.Key, [.. rows.Select(row => data.Target[row])], [.. rows.Select(row => predicted[row])])),
        ];
    }
}
