using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>What a fit says beside its parameters.</summary>
public sealed class FitTests
{
    private static readonly int[] ThreadCounts = [1, 2, 5];

    private static readonly PowerLaw OverSize = new(LawVariable.Parameters);

    [Fact]
    public void A_bootstrap_gives_the_same_figures_on_any_number_of_threads()
    {
        LawData data = Simulation.OfChinchilla(new Random(8), noise: .005);
        LawFit[] fits = [.. ThreadCounts.Select(threads => LawFitting.Fit(
            new ChinchillaLaw(), data, new FitOptions { Bootstraps = 60, Threads = threads, Seed = 3, Predict = [Point(("N", 1e10), ("D", 1e12))] }, TestContext.Current.CancellationToken))];
        Assert.All(fits, fit => Assert.Equal(fits[0].Intervals, fit.Intervals));
        Assert.All(fits, fit => Assert.Equal(fits[0].Predictions[0].Interval, fit.Predictions[0].Interval));
        LawFit other = LawFitting.Fit(new ChinchillaLaw(), data, new FitOptions { Bootstraps = 60, Seed = 4 }, TestContext.Current.CancellationToken);
        Assert.Equal(fits[0].Estimate.Parameters, other.Estimate.Parameters);
        Assert.NotEqual(fits[0].Intervals, other.Intervals);
    }

    [Fact]
    public void Few_points_along_one_line_leave_a_flat_surface_and_it_is_said()
    {
        const int Seed = 9;
        double[] sizes = [1e8, 1.3e8, 1.7e8, 2.2e8, 2.9e8, 3.8e8, 5e8];
        LawData data = Simulation.Of(new ChinchillaLaw(), Simulation.Chinchilla, new Random(Seed), noise: .005, ("N", sizes), ("D", [.. sizes.Select(size => 20 * size)]));
        LawFit fit = LawFitting.Fit(new ChinchillaLaw(), data, new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        Assert.Contains(fit.Warnings, warning => warning.StartsWith("The surface is flat: ", StringComparison.Ordinal) || warning.Contains("sits on its bound", StringComparison.Ordinal));
    }

    [Fact]
    public void A_surface_that_is_not_flat_gets_no_warning()
    {
        LawFit fit = LawFitting.Fit(new ChinchillaLaw(), Simulation.OfChinchilla(new Random(2), noise: 2e-4), new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        Assert.Empty(fit.Warnings);
        Assert.Equal(fit.Estimate.Starts, fit.Estimate.Minima[0].Starts);
    }

    [Fact]
    public void A_parameter_on_its_bound_is_named()
    {
        // A straight line in logarithms leaves nothing at infinity: E would be below 0.
        double[] sizes = [1, 2, 4, 8, 16];
        LawData data = Simulation.Of(OverSize, new Dictionary<string, double> { ["A"] = 3, ["alpha"] = .1, ["E"] = 0 }, new Random(1), noise: 0, ("N", sizes));
        LawFit fit = LawFitting.Fit(OverSize, data.WithTarget([.. data.Target.Select((loss, i) => loss - (.002 * i * i))]), new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        Assert.Contains(fit.Warnings, warning => warning.StartsWith("E sits on its bound 0", StringComparison.Ordinal));
        Assert.Equal(0, fit.Estimate.Parameters["E"]);
    }

    [Fact]
    public void Losses_that_rise_with_size_are_flagged_with_the_rows()
    {
        // The standard recipe at 209M tokens (arXiv 2509.14786) turns up again at its largest size.
        LawFit fit = LawFitting.Fit(OverSize, Standard(), new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        Assert.Contains(fit.Warnings, warning => warning.StartsWith("Losses rise with N in 1 of 3 steps", StringComparison.Ordinal) && warning.Contains("3.74974 (600M", StringComparison.Ordinal));
    }

    [Fact]
    public void A_prediction_far_from_the_data_is_flagged_and_one_near_is_not()
    {
        LawData data = Simulation.OfChinchilla(new Random(3), noise: .001);
        LawFit fit = LawFitting.Fit(new ChinchillaLaw(), data, new FitOptions { Bootstraps = 0, Predict = [Point(("N", 5e9), ("D", 2e11)), Point(("N", 4e10), ("D", 2e11))] }, TestContext.Current.CancellationToken);
        Assert.Single(fit.Warnings, warning => warning.Contains("leaves the data far behind", StringComparison.Ordinal));
    }

    [Fact]
    public void The_largest_rows_are_held_out_and_predicted()
    {
        LawData data = Simulation.OfChinchilla(new Random(5), noise: .001);
        LawFit fit = LawFitting.Fit(new ChinchillaLaw(), data, new FitOptions { Bootstraps = 200, HoldOut = 2 }, TestContext.Current.CancellationToken);
        Assert.Equal(34, fit.Points);
        // N and D grow with the row: the last has the largest product, then the two that are one step from it.
        Assert.Equal(["row 30", "row 36"], fit.HeldOut.Select(row => row.Row));
        Assert.All(fit.HeldOut, row => Assert.InRange(Math.Abs(row.RelativeError), 0, .01));
        Assert.All(fit.HeldOut, row => Assert.NotNull(row.Interval));
    }

    [Fact]
    public void Held_parameters_stay_and_have_no_interval()
    {
        LawData data = Simulation.OfChinchilla(new Random(5), noise: .001);
        LawFit fit = LawFitting.Fit(new ChinchillaLaw(), data, new FitOptions { Bootstraps = 100, Held = new Dictionary<string, double> { ["alpha"] = .34, ["E"] = 1.69 } }, TestContext.Current.CancellationToken);
        Assert.Equal(.34, fit.Estimate.Parameters["alpha"]);
        Assert.Equal(["A", "B", "beta"], fit.Intervals.Keys);
        Assert.Equal(3, fit.Estimate.FittedParameters);
    }

    [Fact]
    public void A_law_whose_parameters_are_all_held_is_only_held_against_the_rows()
    {
        LawData data = Simulation.OfChinchilla(new Random(5), noise: .001);
        LawFit fit = LawFitting.Fit(new ChinchillaLaw(), data, new FitOptions { Held = Simulation.Chinchilla, Predict = [Point(("N", 1e9), ("D", 1e10))] }, TestContext.Current.CancellationToken);
        Assert.Equal(Simulation.Chinchilla, fit.Estimate.Parameters);
        FitCriterion huber = FitCriterion.HuberOfLog(1e-3);
        Assert.Equal(data.Target.Zip(fit.Estimate.Fitted).Sum(pair => huber.Cost(Math.Log(pair.First / pair.Second))), fit.Estimate.Objective, 1e-15);
        Assert.Empty(fit.Intervals);
        Assert.Null(fit.Predictions[0].Interval);
        Assert.Empty(fit.Warnings);
    }

    [Fact]
    public void As_many_points_as_parameters_are_passed_through_without_an_interval()
    {
        LawFit fit = LawFitting.Fit(OverSize, Standard().Select([0, 1, 2]), new FitOptions(), TestContext.Current.CancellationToken);
        Assert.Empty(fit.Intervals);
        Assert.Contains(fit.Warnings, warning => warning.Contains("as many points as parameters (3)", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_are_drawn_anew_where_there_are_forty_points_a_parameter_and_residuals_where_there_are_fewer()
    {
        Assert.Equal(Resampling.Residuals, Bootstrap.UsualResampling(199, 5));
        Assert.Equal(Resampling.Rows, Bootstrap.UsualResampling(200, 5));
        LawFit few = LawFitting.Fit(new ChinchillaLaw(), Simulation.OfChinchilla(new Random(5), noise: .001), new FitOptions { Bootstraps = 60 }, TestContext.Current.CancellationToken);
        Assert.Equal(Resampling.Residuals, few.Resampling);
    }

    [Fact]
    public void Rows_drawn_anew_give_intervals_too()
    {
        LawData data = Simulation.OfChinchilla(new Random(5), noise: .001);
        LawFit fit = LawFitting.Fit(new ChinchillaLaw(), data, new FitOptions { Bootstraps = 200, Resampling = Resampling.Rows }, TestContext.Current.CancellationToken);
        Assert.All(Simulation.Chinchilla, truth => Assert.True(fit.Intervals[truth.Key].Low < truth.Value * 1.2 && fit.Intervals[truth.Key].High > truth.Value / 1.2));
    }

    [Fact]
    public void Runs_that_diverged_are_found_by_what_smaller_ones_reach()
    {
        LawData data = Simulation.OfChinchilla(new Random(5), noise: .001);
        double[] losses = [.. data.Target];
        losses[20] = 7.5;
        losses[35] = double.NaN;
        Assert.Equal([20, 35], RowSelection.Diverged(new ChinchillaLaw(), data.WithTarget(losses)));
        Assert.Empty(RowSelection.Diverged(new ChinchillaLaw(), data));
    }

    private static LawData Standard() => new(
        ["150M", "300M", "600M", "1.4B"],
        [3.83752, 3.78538, 3.74974, 3.76432],
        new Dictionary<string, double[]> { ["N"] = [.15, .3, .6, 1.4] });

    private static LawPoint Point(params (string Name, double Value)[] values) => new("", values.ToDictionary(value => value.Name, value => value.Value));
}
