using Ilgpu.Pretrain.Reporting;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Round values on axes.</summary>
public sealed class TicksTests
{
    private static readonly ChartAxis Axis = new("loss");
    private static readonly ChartAxis LogAxis = new("parameters", ScaleKind.Logarithmic) { Style = NumberStyle.Count };

    [Theory]
    [InlineData(0, 10, 5, "0 2 4 6 8 10")]
    [InlineData(3.28, 3.81, 6, "3.3 3.4 3.5 3.6 3.7 3.8")]
    [InlineData(-.013, .0121, 6, "-0.010 -0.005 0 0.005 0.010")]
    [InlineData(0, 792, 8, "0 100 200 300 400 500 600 700")]
    [InlineData(4.00001, 4.00002, 4, "4.000010 4.000015 4.000020")]
    public void Linear_ones_are_multiples_of_a_round_step_with_alike_decimals(double low, double high, int room, string expected) =>
        Assert.Equal(expected, string.Join(' ', Ticks.For(Axis, new Scale(ScaleKind.Linear, low, high), room).Select(tick => tick.Label)));

    [Theory]
    [InlineData(1e5, 2e6, 9, "100k 200k 300k 500k 1M 2M")]
    [InlineData(1.5e8, 3.2e9, 4, "200M 500M 1B 2B")]
    [InlineData(1e3, 1e12, 5, "10k 1M 100M 10B 1T")]
    [InlineData(3.1, 3.4, 4, "3.1 3.2 3.3 3.4")]
    public void Logarithmic_ones_are_round_and_leave_room_for_their_labels(double low, double high, int room, string expected) =>
        Assert.Equal(expected, string.Join(' ', Ticks.For(LogAxis, new Scale(ScaleKind.Logarithmic, low, high), room).Select(tick => tick.Label).Where(label => label.Length > 0)));

    [Fact]
    public void Any_range_has_a_few_different_ones_inside_it()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (int i = 0; i < 2000; i++)
        {
            bool isLog = i % 2 == 0;
            double low = Math.Pow(10, random.Next(-8, 9)) * (1 + (9 * random.NextDouble()));
            double high = isLog ? low * Math.Pow(10, .01 + (8 * random.NextDouble())) : low + (Math.Pow(10, random.Next(-4, 5)) * low * (1 + random.NextDouble()));
            var scale = new Scale(isLog ? ScaleKind.Logarithmic : ScaleKind.Linear, low, high);
            int room = random.Next(3, 10);
            Tick[] ticks = [.. Ticks.For(isLog ? LogAxis with { Style = NumberStyle.Plain } : Axis, scale, room).Where(tick => tick.Label.Length > 0)];
            string what = $"seed {Seed}, range {i}: {low} to {high}, room for {room}: {string.Join(' ', ticks.Select(tick => tick.Label))}";
            Assert.True(ticks.Length >= 1 && ticks.Length <= room + 1, what);
            Assert.True(ticks.All(tick => scale.Place(tick.Value) is >= -1e-6 and <= 1 + 1e-6), what);
            Assert.True(ticks.Select(tick => tick.Label).Distinct().Count() == ticks.Length, what);
            Assert.True(ticks.Zip(ticks.Skip(1)).All(pair => pair.First.Value < pair.Second.Value), what);
        }
    }

    [Theory]
    [InlineData(51_200, "51.2k")]
    [InlineData(209_715_200, "209.715M")]
    [InlineData(1.4e9, "1.4B")]
    [InlineData(7, "7")]
    public void Counts_have_suffixes(double value, string expected) => Assert.Equal(expected, ReportNumber.Of(value, NumberStyle.Count));

    [Theory]
    [InlineData(.003, "0.003")]
    [InlineData(1.66022e12, "1.66022×10¹²")]
    [InlineData(-1e-8, "-10⁻⁸")]
    [InlineData(123456.789, "123,457")]
    [InlineData(4.0190172926107754, "4.01902")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(0, "0")]
    public void Numbers_have_six_digits(double value, string expected) => Assert.Equal(expected, ReportNumber.Brief(value));
}
