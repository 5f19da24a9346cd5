using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>
/// Chinchilla fits of the Gemstones data: six objectives with their parameters as published (published_approach3_fits.txt
/// beside the data).
/// </summary>
public sealed class GemstonesTests
{
    [Theory]
    [InlineData("hot", 220, 1e-3, 5.3613398367, 15.415994531, .7622636901, .2928686863, .712872206, 1.9816129e-3)]
    [InlineData("cool_end", 199, 1e-3, 5.4197160371, 12.5138998709, .7297863295, .3002728205, .580241077, 1.9640865e-3)]
    [InlineData("slim_chinchilla", 28, 1e-3, 4.0689997896, 10.9811737262, .4684500083, .2137760799, .5260072888, 1.204363e-4)]
    [InlineData("hot", 220, 1e-4, 5.4574988414, 14.9719740349, .7663168139, .2989180518, .6928331414, 2.076018e-4)]
    [InlineData("cool_end", 199, 1e-4, 5.3627962101, 14.9717678508, .7458889548, .2970133066, .6903991635, 2.059406e-4)]
    [InlineData("slim_chinchilla", 28, 1e-4, 5.0154675479, 9.9100065846, .5670625496, .2764406077, .4738182992, 1.33978e-5)]
    public void The_published_objective_comes_out_and_a_fit_is_no_worse(
        string table, int points, double delta, double a, double b, double e, double alpha, double beta, double published)
    {
        var law = new ChinchillaLaw();
        LawData data = SharedTables.Read(law, $"gemstones/wandb_df_for_fitting_{table}.jsonl", ("N", "params_active_precise"), ("D", "tokens"), ("loss", "final_loss"));
        Assert.Equal(points, data.Count);

        FitCriterion criterion = FitCriterion.HuberOfLog(delta);
        double[] parameters = [Math.Exp(a), Math.Exp(b), Math.Exp(e), alpha, beta];
        double[] fitted = new double[points];
        law.Bind(data).Evaluate(parameters, fitted, default);
        double objective = data.Target.Zip(fitted).Sum(pair => criterion.Cost(Math.Log(pair.First / pair.Second)));
        // Half a unit of the last digit that was printed: ten decimal places.
        Assert.Equal(published, objective, 5.1e-11);

        LawFit fit = LawFitting.Fit(law, data, new FitOptions { Delta = delta, Bootstraps = 0 }, TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine($"{table}, delta {delta}: published {objective:G9}, fitted {fit.Estimate.Objective:G9} ({fit.Estimate.Objective / objective - 1:P3}); {fit.Estimate.Minima[0].Starts} of {fit.Estimate.Starts} starts");
        Assert.True(fit.Estimate.Objective <= objective * (1 + 1e-6), $"fitted {fit.Estimate.Objective}, published {objective}");
    }
}
