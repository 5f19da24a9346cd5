using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>The speed-ups of 'Fantastic Pretraining Optimizers' (arXiv 2509.02046) from its best losses.</summary>
public sealed class OptimizerSpeedUpTests
{
    /// <summary>Losses are printed with three decimals, and a thousandth of a nat is up to .03 of a speed-up.</summary>
    private const double Tolerance = .03;

    [Fact]
    public void The_published_laws_and_speed_ups_come_out()
    {
        var law = new OptimizerSpeedUp();
        LawFit fit = LawFitting.Fit(law, SharedTables.Read(law, "marin_optimizer_best_losses.csv", ("loss", "best_c4en_eval_loss")), new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        Dictionary<string, double> expected = new()
        {
            ["a[1.2b]"] = .2417,
            ["B[1.2b]"] = .4766,
            ["c[1.2b]"] = 2.6623,
            ["a[130m]"] = .4161,
            ["B[130m]"] = .4957,
            ["c[130m]"] = 3.1132,
        };
        Assert.All(expected, each => Assert.Equal(each.Value, fit.Estimate.Parameters[each.Key], 5.1e-5));
        Assert.Equal(1.18, SpeedUp(fit, "1.2b", "1"), Tolerance);
        Assert.Equal(1.12, SpeedUp(fit, "1.2b", "2"), Tolerance);
        Assert.Equal(1.13, SpeedUp(fit, "1.2b", "4"), Tolerance);
        Assert.Equal(1.10, SpeedUp(fit, "1.2b", "8"), Tolerance);
        Assert.Equal(1.33, SpeedUp(fit, "130m", "4"), Tolerance);
        // Three points of AdamW at 300m and 520m are passed through.
        Assert.Equal(2, fit.Warnings.Count(warning => warning.Contains("as many points as parameters", StringComparison.Ordinal)));
    }

    private static double SpeedUp(LawFit fit, string size, string tokens) =>
        Assert.Single(fit.Findings, finding => finding.At["optimizer"] == "muon" && finding.At["size"] == size && finding.At["D"] == tokens).Value;
}
