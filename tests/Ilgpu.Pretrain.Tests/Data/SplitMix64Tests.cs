using FsCheck;
using FsCheck.Fluent;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

public class SplitMix64Tests
{
    /// <summary>The first outputs for seed 1234567, as the algorithm's public-domain C version prints them.</summary>
    [Fact]
    public void It_gives_the_published_sequence()
    {
        var random = new SplitMix64(1234567);
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        foreach (ulong value in expected)
            Assert.Equal(value, random.Next());
    }

    [Fact]
    public void A_permutation_has_every_number_once() => Prop.ForAll<ulong, byte>((seed, count) =>
    {
        var order = new int[count];
        new SplitMix64(seed).Permute(order);
        return order.Order().SequenceEqual(Enumerable.Range(0, count));
    }).Check(Config.QuickThrowOnFailure);

    /// <summary>Chi-square of the 24 orders of 4 things, 23 degrees of freedom: above 49.7 once in a thousand seeds, and the seed is fixed.</summary>
    [Fact]
    public void All_orders_are_equally_likely()
    {
        const int Draws = 24_000;
        var random = new SplitMix64(7);
        var counts = new Dictionary<string, int>();
        var order = new int[4];
        for (int i = 0; i < Draws; i++)
        {
            random.Permute(order);
            string key = string.Join(',', order);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Assert.Equal(24, counts.Count);
        Assert.True(counts.Values.Sum(count => Math.Pow(count - 1000, 2) / 1000) < 49.7);
    }

    [Fact]
    public void Below_stays_below_and_reaches_every_value()
    {
        var random = new SplitMix64(3);
        var seen = new HashSet<int>();
        for (int i = 0; i < 1000; i++)
            seen.Add(random.Below(7));
        Assert.Equal(Enumerable.Range(0, 7), seen.Order());
        Assert.InRange(random.Below(int.MaxValue), 0, int.MaxValue - 1);
        Assert.Equal(0, random.Below(1));
    }

    [Fact]
    public void Streams_of_a_seed_differ()
    {
        ulong[] firsts = [.. Enumerable.Range(0, 100).Select(stream => SplitMix64.Of(5, (ulong)stream).Next())];
        Assert.Equal(100, firsts.Distinct().Count());
    }
}
