using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Tests.Optimization;

public sealed class PruningScheduleTests
{
    private static readonly long[] Matrices = [4096, 1000, 3001];

    private static readonly PruningSchedule Usual = new(parameters: 10_000, Matrices, share: .8, start: .25, end: .75, steps: 10_000);

    [Fact]
    public void It_begins_and_ends_at_its_shares_of_the_compute()
    {
        double whole = Usual.AverageParameters * 10_000;
        // Whole steps, and 64 times instead of a curve: half a percent.
        Assert.Equal(.25, Usual.Begin * 10_000 / whole, .005);
        Assert.Equal(.25, (10_000 - Usual.End) * Usual.FinalParameters / whole, .005);
        // A dense model's steps all cost the same: with little pruned, compute is steps.
        var slight = new PruningSchedule(10_000, [1000], .001, .25, .75, 1000);
        Assert.Equal((250, 750), (slight.Begin, slight.End));
    }

    [Fact]
    public void The_share_rises_as_Zhu_and_Gupta_s_does_to_its_end()
    {
        Assert.Equal(0, Usual.ShareAfter(Usual.Begin));
        Assert.Equal(.8, Usual.ShareAfter(Usual.End));
        Assert.Equal(.8, Usual.ShareAfter(10_000));
        double before = 0;
        for (long step = Usual.Begin; step <= Usual.End; step++)
        {
            double x = (step - Usual.Begin) / (double)(Usual.End - Usual.Begin);
            double share = Usual.ShareAfter(step);
            // Of the curve's steepest slope, 3, one time in 64 may be lacking; a time comes at the whole step before it.
            double ahead = 3.0 / (Usual.End - Usual.Begin);
            Assert.True(share >= before);
            Assert.InRange(share / .8, 1 - Math.Pow(1 - x, 3) - (3.0 / 64), 1 - Math.Pow(1 - x, 3) + ahead);
            before = share;
        }
    }

    [Theory]
    [InlineData(10_000, .25, .75)]
    [InlineData(100, .25, .75)]
    [InlineData(7, 0, 1)]
    [InlineData(2, .25, .75)]
    [InlineData(1, .25, .75)]
    public void The_average_is_over_what_each_step_has(int steps, double start, double end)
    {
        var schedule = new PruningSchedule(10_000, Matrices, .8, start, end, steps);
        double sum = 0;
        long times = 0;
        for (int step = 0; step < steps; step++)
        {
            sum += 10_000 - Matrices.Sum(weights => PruningSchedule.CountOf(schedule.ShareAfter(step), weights));
            times += schedule.IsDueAfter(step + 1) ? 1 : 0;
        }

        Assert.Equal(sum / steps, schedule.AverageParameters, 1e-9 * sum);
        Assert.Equal(schedule.Times, times);
        Assert.Equal(10_000 - Matrices.Sum(weights => PruningSchedule.CountOf(.8, weights)), schedule.FinalParameters);
        Assert.InRange(schedule.Times, 1, PruningSchedule.MostTimes);
        Assert.False(schedule.IsDueAfter(0));
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PruningSchedule(10_000, Matrices, 0, .25, .75, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PruningSchedule(10_000, Matrices, 1, .25, .75, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PruningSchedule(10_000, Matrices, .5, .75, .75, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PruningSchedule(10_000, Matrices, .5, -.1, .75, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PruningSchedule(10_000, Matrices, .5, .25, 1.1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PruningSchedule(10_000, Matrices, .5, .25, .75, 0));
    }
}
