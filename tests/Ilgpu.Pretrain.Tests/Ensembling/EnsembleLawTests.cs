using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.Ensembling;

public sealed class EnsembleLawTests
{
    /// <summary>The published law of 300M members that were tuned alone (arXiv 2509.14786).</summary>
    private static readonly double[] Published = [.. Enumerable.Range(1, 5).Select(k => (.25 / Math.Pow(k, 1.02)) + 3.34)];

    [Fact]
    public void The_law_that_losses_were_made_by_is_found_with_its_asymptote()
    {
        LawFit fit = EnsembleLaw.Fit(Published, TestContext.Current.CancellationToken)!;
        Assert.Equal(5, fit.Points);
        Assert.Equal(.25, fit.Estimate.Parameters["A"], 1e-6);
        Assert.Equal(1.02, fit.Estimate.Parameters["alpha"], 1e-5);
        Assert.Equal(3.34, fit.Estimate.Parameters["E"], 1e-6);
    }

    [Fact]
    public void Noisy_losses_give_an_interval_around_the_asymptote_and_the_same_one_again()
    {
        double[] noise = [.002, -.003, .001, .002, -.002];
        double[] losses = [.. Published.Zip(noise, (loss, off) => loss + off)];
        LawFit fit = EnsembleLaw.Fit(losses, TestContext.Current.CancellationToken)!;
        Interval interval = fit.Intervals["E"];
        Assert.True(interval.Low < interval.High && interval.Contains(fit.Estimate.Parameters["E"]) && interval.Contains(3.34), $"{interval}");
        Assert.Equal(interval, EnsembleLaw.Fit(losses, TestContext.Current.CancellationToken)!.Intervals["E"]);
        Assert.Contains(fit.Warnings, warning => warning.Contains("2 points more than parameters", StringComparison.Ordinal));
    }

    [Fact]
    public void Three_losses_are_too_few_and_four_suffice()
    {
        Assert.Null(EnsembleLaw.Fit(Published[..3], TestContext.Current.CancellationToken));
        Assert.NotNull(EnsembleLaw.Fit(Published[..4], TestContext.Current.CancellationToken));
    }
}
