using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>How many times the data a standard recipe would need.</summary>
public sealed class DataEfficiencyTests
{
    private static readonly double[] Budgets = [.2, .4, .8, 1.6];

    private static readonly Dictionary<string, double> Standard = new() { ["A"] = 1, ["alpha"] = .3, ["E"] = 1.9 };

    [Fact]
    public void A_recipe_that_makes_three_tokens_of_one_has_an_efficiency_of_three()
    {
        LawFit fit = Fit(noise: 0, bootstraps: 0);
        LawFinding[] efficiencies = [.. fit.Findings.Where(finding => finding.At["recipe"] == "thrice")];
        Assert.Equal(12, efficiencies.Length);
        // The laws are exact but for the fit's last digits.
        Assert.All(efficiencies, finding => Assert.Equal(3, finding.Value, 1e-3));
        Assert.Equal(3, fit.Predictions[0].Value, 1e-3);
    }

    [Fact]
    public void Its_interval_holds_the_truth_and_narrows_with_the_noise()
    {
        LawFinding[] noisy = [.. Fit(noise: 1e-3, bootstraps: 500).Findings];
        LawFinding[] quiet = [.. Fit(noise: 1e-4, bootstraps: 500).Findings];
        for (int i = 0; i < noisy.Length; i++)
        {
            Assert.True(noisy[i].Interval!.Value.Contains(3), $"{noisy[i]}");
            Assert.True(quiet[i].Interval!.Value.High - quiet[i].Interval!.Value.Low < noisy[i].Interval!.Value.High - noisy[i].Interval!.Value.Low);
        }
    }

    [Fact]
    public void A_loss_below_all_that_the_reference_can_reach_is_told()
    {
        var data = new LawData(
            ["a", "b", "c", "d", "e"],
            [.. Budgets.Select(tokens => Loss(tokens)), 1.5],
            new Dictionary<string, double[]> { ["D"] = [.. Budgets, .2] },
            new Dictionary<string, string[]> { ["recipe"] = ["standard", "standard", "standard", "standard", "magic"] });
        LawFit fit = LawFitting.Fit(new DataEfficiency(), data, new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        Assert.True(double.IsInfinity(Assert.Single(fit.Findings).Value));
        Assert.Contains(fit.Warnings, warning => warning.StartsWith("No amount of data brings standard", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_several_runs_at_a_budget_the_best_one_counts()
    {
        LawData data = Data(0, new Random(1));
        int[] rows = [.. Enumerable.Range(0, data.Count)];
        LawData worse = data.Select([.. rows, .. rows]);
        worse = worse.WithTarget([.. data.Target, .. data.Target.Select(loss => loss + .5)]);
        LawFit fit = LawFitting.Fit(new DataEfficiency(), worse, new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        Assert.Equal(data.Count, fit.Points);
        Assert.All(fit.Findings, finding => Assert.Equal(3, finding.Value, 1e-3));
    }

    private static LawFit Fit(double noise, int bootstraps)
    {
        const int Seed = 4;
        var options = new FitOptions { Bootstraps = bootstraps, Predict = [new LawPoint("", new Dictionary<string, double> { ["D"] = 1 })] };
        return LawFitting.Fit(new DataEfficiency(), Data(noise, new Random(Seed)), options, TestContext.Current.CancellationToken);
    }

    private static LawData Data(double noise, Random random)
    {
        double[] tokens = [.. Budgets, 3.2, 6.4];
        return new LawData(
            [.. Enumerable.Range(1, 2 * tokens.Length).Select(row => $"row {row}")],
            [.. tokens.Select(each => Loss(each) * Math.Exp(noise * Simulation.Gaussian(random))), .. tokens.Select(each => Loss(3 * each) * Math.Exp(noise * Simulation.Gaussian(random)))],
            new Dictionary<string, double[]> { ["D"] = [.. tokens, .. tokens] },
            new Dictionary<string, string[]> { ["recipe"] = [.. tokens.Select(_ => "standard"), .. tokens.Select(_ => "thrice")] });
    }

    private static double Loss(double tokens) => (Standard["A"] * Math.Pow(tokens, -Standard["alpha"])) + Standard["E"];
}
