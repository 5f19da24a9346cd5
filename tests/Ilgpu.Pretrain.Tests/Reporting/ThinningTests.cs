using Ilgpu.Pretrain.Reporting;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Long curves by fewer points.</summary>
public sealed class ThinningTests
{
    [Fact]
    public void What_is_kept_was_there_with_both_ends_and_the_spikes()
    {
        ChartPoint[] points = [.. Enumerable.Range(0, 10_000).Select(step => new ChartPoint(step, step == 6_321 ? 50 : Math.Sin(step / 500.0)))];
        IReadOnlyList<ChartPoint> kept = Thinning.Thin(points, 200);
        Assert.Equal(200, kept.Count);
        Assert.Equal(points[0], kept[0]);
        Assert.Equal(points[^1], kept[^1]);
        Assert.Contains(points[6_321], kept);
        Assert.Empty(kept.Except(points));
        Assert.True(kept.Zip(kept.Skip(1)).All(pair => pair.First.X < pair.Second.X));
    }

    [Fact]
    public void Few_points_are_left_alone_and_others_are_no_failure()
    {
        ChartPoint[] few = [new(0, 1), new(1, double.NaN), new(2, 3)];
        Assert.Same(few, Thinning.Thin(few, 3));
        ChartPoint[] nothing = [.. Enumerable.Range(0, 50).Select(step => new ChartPoint(step, double.NaN))];
        Assert.Equal(10, Thinning.Thin(nothing, 10).Count);
    }
}
