using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Tests.Optimization;

public sealed class SmallestWeightsTests
{
    private readonly SmallestWeights smallest = new();

    /// <summary>Against a stable sort: ties among equal magnitudes of either sign, zeros, subnormal and large numbers.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Exactly_the_smallest_become_0_and_of_equal_ones_the_first(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        float[] weights = [.. Enumerable.Range(0, 3000).Select(_ => Draw(random))];
        foreach (int count in new[] { 0, 1, 2, 700, 1500, 2999, 3000 })
        {
            float[] expected = [.. weights];
            foreach (int place in Enumerable.Range(0, weights.Length).OrderBy(i => Math.Abs(weights[i])).Take(count))
                expected[place] = 0;
            float[] actual = [.. weights];
            smallest.Clear(actual, count);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void What_is_0_is_counted_and_stays()
    {
        float[] weights = [3, 0, -1, 0, 2, -5];
        smallest.Clear(weights, 3);
        Assert.Equal([3, 0, 0, 0, 2, -5], weights);
        smallest.Clear(weights, 4);
        Assert.Equal([3, 0, 0, 0, 0, -5], weights);
    }

    private static float Draw(Random random) => random.Next(4) switch
    {
        0 => random.Next(-3, 4) * .25f,
        1 => float.Epsilon * random.Next(-5, 6),
        2 => (random.NextSingle() - .5f) * 1e30f,
        _ => random.NextSingle() - .5f,
    };
}
