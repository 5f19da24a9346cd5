using Ilgpu.Pretrain.Reporting;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Values in their places.</summary>
public sealed class ScaleTests
{
    [Fact]
    public void Equal_ratios_are_equal_distances_on_a_logarithmic_one()
    {
        var scale = new Scale(ScaleKind.Logarithmic, 1, 1000);
        Assert.Equal([0, 1 / 3.0, 2 / 3.0, 1], new[] { 1.0, 10, 100, 1000 }.Select(value => Math.Round(scale.Place(value), 12)), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void A_range_has_room_at_its_ends_but_at_a_value_that_it_begins_at()
    {
        Scale scale = Scale.Over(new ChartAxis("steps") { Includes = [0] }, [5, 100]);
        Assert.Equal(0, scale.Low);
        Assert.Equal(105, scale.High, 1e-9);
        Scale log = Scale.Over(new ChartAxis("N", ScaleKind.Logarithmic), [10, 1000, 0, -3, double.NaN]);
        Assert.True(log.Low is > 5 and < 10 && log.High is > 1000 and < 2000, $"{log}");
    }

    [Theory]
    [InlineData(ScaleKind.Linear, 4.5)]
    [InlineData(ScaleKind.Linear, 0)]
    [InlineData(ScaleKind.Linear, -2)]
    [InlineData(ScaleKind.Logarithmic, 4.5)]
    public void One_value_lies_in_the_middle(ScaleKind kind, double value)
    {
        Scale scale = Scale.Over(new ChartAxis("loss", kind), [value, value]);
        Assert.Equal(.5, scale.Place(value), 1e-9);
    }

    [Fact]
    public void No_value_at_all_is_no_failure()
    {
        Assert.Equal(new Scale(ScaleKind.Linear, 0, 1), Scale.Over(new ChartAxis("loss"), [double.NaN, double.PositiveInfinity]));
        Assert.True(Scale.Over(new ChartAxis("loss", ScaleKind.Logarithmic), [0]).Low > 0);
    }
}
