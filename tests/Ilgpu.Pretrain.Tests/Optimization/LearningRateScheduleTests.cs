using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Tests.Optimization;

public sealed class LearningRateScheduleTests
{
    /// <summary>A few roundings of double precision.</summary>
    private const double Rounding = 1e-15;

    [Fact]
    public void Cosine_follows_its_closed_form()
    {
        var schedule = new LearningRateSchedule(ScheduleKind.Cosine, .003, 1000);
        Assert.Equal(10, schedule.WarmUpSteps);
        for (int step = 0; step < 10; step++)
            Assert.Equal(.003 * (step + 1) / 11, schedule.At(step), Rounding);
        for (int step = 10; step < 1000; step++)
            Assert.Equal(.0015 * (1 + Math.Cos(Math.PI * (step - 10) / 990)), schedule.At(step), Rounding);
    }

    [Fact]
    public void Linear_falls_from_the_peak_to_one_share_before_zero()
    {
        var schedule = new LearningRateSchedule(ScheduleKind.Linear, .01, 200, warmUpShare: .1);
        Assert.Equal(.01, schedule.At(20));
        for (int step = 20; step < 200; step++)
            Assert.Equal(.01 * (200 - step) / 180, schedule.At(step), Rounding);
    }

    [Fact]
    public void Constant_stays_at_the_peak_after_the_warm_up()
    {
        var schedule = new LearningRateSchedule(ScheduleKind.Constant, .5, 50, warmUpShare: .1);
        Assert.Equal(.5 / 6, schedule.At(0), Rounding);
        Assert.All(Enumerable.Range(5, 45), step => Assert.Equal(.5, schedule.At(step)));
    }

    [Fact]
    public void Wsd_holds_and_then_decays_over_the_last_share()
    {
        var schedule = new LearningRateSchedule(ScheduleKind.Wsd, 1, 1000, decayShare: .2);
        Assert.All(Enumerable.Range(10, 791), step => Assert.Equal(1, schedule.At(step)));
        for (int step = 800; step < 1000; step++)
            Assert.Equal((1000 - step) / 200.0, schedule.At(step), Rounding);
    }

    [Fact]
    public void Wsd_whose_shares_overlap_decays_from_the_end_of_the_warm_up()
    {
        var schedule = new LearningRateSchedule(ScheduleKind.Wsd, 1, 10, warmUpShare: .5, decayShare: 1);
        Assert.Equal(1, schedule.At(5));
        Assert.Equal(.2, schedule.At(9), Rounding);
    }

    /// <summary>7 steps of 3 cycles end after 2, 4 and 7; the warm-up of 1 step is part of the first.</summary>
    [Fact]
    public void Cyclic_starts_a_cosine_from_the_peak_in_each_cycle()
    {
        var schedule = new LearningRateSchedule(ScheduleKind.Cyclic, 1, 7, warmUpShare: .1, cycles: 3);
        Assert.Equal([2, 4, 7], Enumerable.Range(1, 3).Select(schedule.CycleEnd));
        Assert.Equal([1, 1, 2, 2, 3, 3, 3], Enumerable.Range(0, 7).Select(step => schedule.CycleOf(step)));
        double[] expected = [.5, 1, 1, .5, 1, .75, .25];
        for (int step = 0; step < 7; step++)
            Assert.Equal(expected[step], schedule.At(step), Rounding);
    }

    [Fact]
    public void One_cycle_is_the_cosine()
    {
        var cyclic = new LearningRateSchedule(ScheduleKind.Cyclic, .003, 100, .1);
        var cosine = new LearningRateSchedule(ScheduleKind.Cosine, .003, 100, .1);
        Assert.Equal(Enumerable.Range(0, 100).Select(step => cosine.At(step)), Enumerable.Range(0, 100).Select(step => cyclic.At(step)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(51)]
    [InlineData(100)]
    public void Every_step_has_a_positive_rate_of_at_most_the_peak(int steps)
    {
        foreach (ScheduleKind kind in Enum.GetValues<ScheduleKind>())
        {
            foreach (double warmUp in new[] { 0, .01, .5, .99 })
            {
                var schedule = new LearningRateSchedule(kind, .1, steps, warmUp, cycles: Math.Min(7, steps));
                double[] rates = [.. Enumerable.Range(0, steps).Select(step => schedule.At(step))];
                Assert.All(rates, rate => Assert.InRange(rate, double.Epsilon, .1));
                Assert.Equal(.1, rates.Max(), Rounding);
            }
        }
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule(ScheduleKind.Cosine, 0, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule(ScheduleKind.Cosine, double.NaN, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule(ScheduleKind.Cosine, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule(ScheduleKind.Cosine, 1, 10, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule(ScheduleKind.Wsd, 1, 10, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule(ScheduleKind.Cyclic, 1, 10, cycles: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule(ScheduleKind.Cyclic, 1, 10, cycles: 11));
        var schedule = new LearningRateSchedule(ScheduleKind.Cosine, 1, 10);
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.At(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.At(-1));
    }
}
