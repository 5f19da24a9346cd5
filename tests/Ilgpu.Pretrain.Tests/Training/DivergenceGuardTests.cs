using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class DivergenceGuardTests
{
    private const int Vocabulary = 257;
    private static readonly double Bound = 3 * Math.Log(Vocabulary);

    [Fact]
    public void Twenty_steps_in_a_row_beyond_three_times_guessing_stop_a_run()
    {
        var guard = new DivergenceGuard(Vocabulary);
        for (int step = 1; step < 20; step++)
            guard.RequireBounded(Bound + .01, step, .1);
        var e = Assert.Throws<TrainingDivergedException>(() => guard.RequireBounded(20, 20, .1));
        Assert.Equal(20, e.Step);
        Assert.Equal(
            "Step 20: the loss is 20 and has been above 16.65, 3 times that of guessing, for 20 steps (learning rate 0.1). What was saved before is kept; try a lower learning rate.",
            e.Message);
    }

    [Fact]
    public void A_spike_that_goes_does_not()
    {
        var guard = new DivergenceGuard(Vocabulary);
        for (int step = 1; step <= 100; step++)
            guard.RequireBounded(step % 20 == 0 ? Bound - .01 : 1e9, step, .1);
        Assert.Equal(0, guard.StepsBeyondBound);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_not_finite_stops_a_run_at_once(double value)
    {
        var e = Assert.Throws<TrainingDivergedException>(() => DivergenceGuard.RequireFinite(value, "loss", 7, .003));
        Assert.Equal(7, e.Step);
        Assert.StartsWith("Step 7: the loss is ", e.Message, StringComparison.Ordinal);
    }
}
