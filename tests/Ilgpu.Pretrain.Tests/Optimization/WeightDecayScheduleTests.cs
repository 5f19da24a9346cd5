using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Tests.Optimization;

public sealed class WeightDecayScheduleTests
{
    /// <summary>A few roundings of double precision.</summary>
    private const double Rounding = 1e-15;

    private static readonly LearningRateSchedule Rate = new(ScheduleKind.Cosine, .01, 101, warmUpShare: .1);

    [Fact]
    public void A_constant_decay_is_itself_to_the_bit() =>
        Assert.All(Steps, step => Assert.Equal(.3, Of(WeightDecayKind.Constant, .3, 0).At(step)));

    [Fact]
    public void Linear_and_cosine_go_from_one_end_to_the_other()
    {
        foreach ((double first, double last) in new[] { (.8, 0), (.04, .4), (0, 1.6) })
        {
            WeightDecaySchedule linear = Of(WeightDecayKind.Linear, first, last);
            WeightDecaySchedule cosine = Of(WeightDecayKind.Cosine, first, last);
            Assert.Equal((first, first), (linear.At(0), cosine.At(0)));
            foreach (int step in Steps)
            {
                Assert.Equal(first + ((last - first) * step / 100), linear.At(step), Rounding);
                Assert.Equal(last + ((first - last) * .5 * (1 + Math.Cos(Math.PI * step / 100))), cosine.At(step), Rounding);
            }
        }
    }

    [Fact]
    public void With_the_rate_it_has_the_rate_s_shape() =>
        Assert.All(Steps, step => Assert.Equal(Rate.At(step) * 80, Of(WeightDecayKind.Rate, .8, 0).At(step), Rounding));

    [Fact]
    public void A_run_of_one_step_takes_the_first_decay() =>
        Assert.Equal(.8, new WeightDecaySchedule(WeightDecayKind.Linear, .8, .2, new LearningRateSchedule(ScheduleKind.Constant, 1, 1)).At(0));

    private static IEnumerable<int> Steps => Enumerable.Range(0, 101);

    private static WeightDecaySchedule Of(WeightDecayKind kind, double first, double last) => new(kind, first, last, Rate);
}
