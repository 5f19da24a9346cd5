using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Tuning;

public sealed class TuningGridTests
{
    [Fact]
    public void The_default_grids_are_the_published_ones()
    {
        TuningGrid grid = TuningGrid.Of(TuningRecipe.Regularised);
        Assert.Equal([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2], grid.LearningRates);
        Assert.Equal([1, 2, 4, 8, 16, 32, 64], grid.Epochs);
        Assert.Equal([0, .1, .2, .4, .8, 1.6, 3.2, 6.4], grid.WeightDecays);
        grid.Validate();
        TuningGrid standard = TuningGrid.Of(TuningRecipe.Standard);
        Assert.Equal([.1], standard.WeightDecays);
        Assert.Equal([TuningDirection.LearningRate, TuningDirection.Epochs], standard.Tuned);
        standard.Validate();
    }

    [Fact]
    public void Default_starts_are_on_the_default_grids()
    {
        foreach (TuningRecipe recipe in Enum.GetValues<TuningRecipe>())
        {
            TuningGrid.Of(recipe).RequireOn(TuningStart.Default(recipe, isForEnsemble: false));
            TuningGrid.Of(recipe).RequireOn(TuningStart.Default(recipe, isForEnsemble: true));
        }
    }

    [Fact]
    public void Given_values_are_put_in_order()
    {
        TuningGrid grid = new TuningGrid().With(TuningDirection.LearningRate, [3e-3, 1e-3]).With(TuningDirection.Epochs, [8, 2, 4]);
        Assert.Equal([1e-3, 3e-3], grid.LearningRates);
        Assert.Equal([2, 4, 8], grid.Epochs);
    }

    [Theory]
    [InlineData(TuningDirection.LearningRate, new[] { 0, .1 }, "--lr-grid was given 0, 0.1; it takes distinct numbers above 0.")]
    [InlineData(TuningDirection.LearningRate, new[] { .1, .1 }, "--lr-grid was given 0.1, 0.1; it takes distinct numbers above 0.")]
    [InlineData(TuningDirection.LearningRate, new[] { .1, double.NaN }, "--lr-grid was given NaN, 0.1; it takes distinct numbers above 0.")]
    [InlineData(TuningDirection.LearningRate, new double[0], "--lr-grid was given nothing; it takes distinct numbers above 0.")]
    [InlineData(TuningDirection.Epochs, new[] { 0.0, 1 }, "--epochs-grid was given 0, 1; it takes distinct whole numbers from 1.")]
    [InlineData(TuningDirection.Epochs, new[] { 1, 1.5 }, "--epochs-grid was given 1.5; it takes whole numbers from 1.")]
    [InlineData(TuningDirection.WeightDecay, new[] { -.1, .1 }, "--wd-grid was given -0.1, 0.1; it takes distinct numbers from 0.")]
    [InlineData(TuningDirection.WeightDecay, new[] { 0, double.PositiveInfinity }, "--wd-grid was given 0, Infinity; it takes distinct numbers from 0.")]
    public void What_no_run_takes_is_refused_with_its_flag(TuningDirection direction, double[] values, string expected) =>
        Assert.Equal(expected, Assert.Throws<InputException>(() => new TuningGrid().With(direction, values).Validate()).Message);

    [Fact]
    public void A_grid_of_one_point_is_refused()
    {
        var e = Assert.Throws<InputException>(() => TestGrids.Of(1, 1, 1).Validate());
        Assert.Equal("A grid of one point (lr 1, epochs 1, wd 1) has no neighbours in any direction: there is nothing to tune.", e.Message);
    }

    [Theory]
    [InlineData(.002, 100, .55, .003, 64, .4)]
    [InlineData(1e-9, 22, 0, 1e-4, 16, 0)]
    [InlineData(1, 23, .05, .03, 32, .1)]
    [InlineData(.003, 32, 9, .003, 32, 6.4)]
    public void The_nearest_point_is_nearest_by_ratio(double learningRate, int epochs, double weightDecay, double nearestRate, int nearestEpochs, double nearestDecay) =>
        Assert.Equal(
            new TuningPoint(nearestRate, nearestEpochs, nearestDecay),
            new TuningGrid().Nearest(new TuningPoint(learningRate, epochs, weightDecay)));
}
