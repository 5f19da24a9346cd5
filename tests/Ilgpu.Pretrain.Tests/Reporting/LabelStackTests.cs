using Ilgpu.Pretrain.Reporting;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Labels that do not overlap.</summary>
public sealed class LabelStackTests
{
    private const double Height = 17;

    [Fact]
    public void Labels_with_room_stay_where_they_want_to_be() =>
        Assert.Equal([100, 40, 70], LabelStack.Place([100, 40, 70], Height, 0, 200));

    [Fact]
    public void Labels_of_one_place_are_centred_on_it() =>
        Assert.Equal([83, 100, 117], LabelStack.Place([100, 100, 100], Height, 0, 200).Order());

    [Fact]
    public void They_keep_their_order_their_distance_and_the_plot()
    {
        const int Seed = 5;
        var random = new Random(Seed);
        for (int i = 0; i < 500; i++)
        {
            double[] wanted = [.. Enumerable.Range(0, random.Next(1, 15)).Select(_ => (random.NextDouble() * 400) - 50)];
            double[] places = LabelStack.Place(wanted, Height, 10, 300);
            int[] order = [.. Enumerable.Range(0, wanted.Length).OrderBy(label => places[label])];
            string what = $"seed {Seed}, {i}: {string.Join(' ', wanted)} at {string.Join(' ', places)}";
            Assert.True(order.Zip(order.Skip(1)).All(pair => places[pair.Second] - places[pair.First] >= Height - 1e-6), what);
            Assert.True(order.Zip(order.Skip(1)).All(pair => wanted[pair.Second] >= wanted[pair.First]), what);
            Assert.True(places.All(place => place is >= 10 - 1e-6 and <= 300 + 1e-6), what);
        }
    }
}
