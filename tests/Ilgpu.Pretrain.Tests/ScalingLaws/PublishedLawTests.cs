using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>What the laws' sources say that their parameters give.</summary>
public sealed class PublishedLawTests
{
    [Fact]
    public void Every_published_check_of_every_law_holds()
    {
        int checks = 0;
        foreach (ScalingLaw law in LawLibrary.All)
        {
            foreach ((PublishedLaw published, PublishedCheck check) in law.Published.SelectMany(published => published.Checks.Select(check => (published, check))))
            {
                double value = law.Predict(published.Parameters, new LawPoint(published.Name, check.At));
                Assert.True(Math.Abs(value - check.Value) <= check.Tolerance, $"{law.Name}, {published.Name}: {value} for {check.Value}");
                checks++;
            }
        }

        Assert.True(checks >= 5);
    }

    [Fact]
    public void Laws_have_names_of_their_own_and_tell_their_form_protocol_and_source()
    {
        Assert.Equal(LawLibrary.All.Count, LawLibrary.All.Select(law => law.Name).Distinct().Count());
        Assert.All(LawLibrary.All, law => Assert.All([law.Form, law.Protocol, law.Source], text => Assert.True(text.Length > 0 && !text.Contains('\n', StringComparison.Ordinal))));
        Assert.All(LawLibrary.All, law => Assert.Equal(law.Published.Count, law.Published.Select(published => published.Name).Distinct().Count()));
    }

    /// <summary>Hernandez et al. (arXiv 2102.01293), text to Python: 10^.38 and 10^.18.</summary>
    [Fact]
    public void Ten_times_the_parameters_or_the_data_transfer_as_much_more_as_published()
    {
        var law = new TransferLaw();
        double At(double tuning, double parameters) =>
            law.Predict(law.Published[0].Parameters, new LawPoint("", new Dictionary<string, double> { ["DF"] = tuning, ["N"] = parameters }));
        Assert.Equal(2.399, At(1e6, 1e9) / At(1e6, 1e8), .0005);
        Assert.Equal(1.514, At(1e7, 1e8) / At(1e6, 1e8), .0005);
    }

    [Fact]
    public void A_dense_run_has_its_own_parameters_for_a_mean_and_Chinchillas_loss()
    {
        Assert.Equal(3e8, AverageParametersLaw.Mean(3e8, 3e8), 1e-4);
        Assert.Equal(3e8, AverageParametersLaw.Mean(3e8, 3e8, 0, 1), 1e-4);
        var pruned = new AverageParametersLaw();
        var dense = new ChinchillaLaw();
        var at = new Dictionary<string, double> { ["N"] = 3e8, ["D"] = 6e9 };
        double expected = dense.Predict(dense.Published[0].Parameters, new LawPoint("", at));
        Assert.Equal(expected, pruned.Predict(dense.Published[0].Parameters, new LawPoint("", at)), 1e-12);
        Assert.Equal(expected, pruned.Predict(dense.Published[0].Parameters, new LawPoint("", new Dictionary<string, double>(at) { ["N-final"] = 3e8 })), 1e-12);
    }

    /// <summary>The mean over tokens, walked in small steps of tokens until the compute shares are reached.</summary>
    [Theory]
    [InlineData(.25, .75)]
    [InlineData(0, 1)]
    [InlineData(.4, .5)]
    public void The_mean_of_a_pruned_run_is_that_of_its_path(double begin, double end)
    {
        const double First = 4, Last = 1;
        double mean = AverageParametersLaw.Mean(First, Last, begin, end);
        // By the definition: with all compute = mean, the first stretch of tokens costs begin of it, the last 1 - end.
        double firstTokens = begin * mean / First, lastTokens = (1 - end) * mean / Last;
        const int Steps = 100_000;
        double sum = 0;
        for (int i = 0; i < Steps; i++)
        {
            double t = (i + .5) / Steps;
            double between = (t - firstTokens) / (1 - firstTokens - lastTokens);
            sum += t < firstTokens ? First : t > 1 - lastTokens ? Last : First + ((Last - First) * between);
        }

        Assert.Equal(mean, sum / Steps, 1e-4);
    }

    /// <summary>The sixteen asymptotes in K of arXiv 2509.14786, with its nominal sizes, and the limits that follow from them.</summary>
    [Fact]
    public void The_joint_limits_follow_from_the_sixteen_published_asymptotes()
    {
        double[] sizes = [.15, .3, .6, 1.4], tokens = [.2097152, .4194304, .8388608, 1.6777216];
        double[] asymptotes =
        [
            3.494941, 3.399930, 3.357578, 3.299586, 3.272981, 3.150397, 3.101899, 3.017242,
            3.212228, 3.051904, 2.905831, 2.826233, 3.173966, 3.002521, 2.868014, 2.752376,
        ];
        var data = new LawData(
            [.. asymptotes.Select((_, i) => $"row {i + 1}")],
            asymptotes,
            new Dictionary<string, double[]> { ["N"] = [.. asymptotes.Select((_, i) => sizes[i / 4])], ["D"] = [.. asymptotes.Select((_, i) => tokens[i % 4])] });
        LawFit fit = LawFitting.Fit(new JointLaw(), data, new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        double[] limits = [.. fit.Findings.Where(finding => finding.What == "limit of K and N").Select(finding => finding.Value)];
        Assert.Equal([3.169, 2.980, 2.789, 2.657], limits.Select(limit => Math.Round(limit, 3)));
        // Derived, and known to three digits: .961 / D^.228 + 1.799.
        Assert.Equal(.961, fit.Estimate.Parameters["A"], .001);
        Assert.Equal(.228, fit.Estimate.Parameters["alpha"], .0005);
        Assert.Equal(1.799, fit.Estimate.Parameters["E"], .001);
    }
}
