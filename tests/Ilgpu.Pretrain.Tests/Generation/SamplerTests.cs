using Ilgpu.Pretrain.Generation;

namespace Ilgpu.Pretrain.Tests.Generation;

public sealed class SamplerTests
{
    /// <summary>Probabilities .4, .3, .2, .1 of ids 2, 0, 3, 1.</summary>
    private static readonly float[] Logits = [MathF.Log(.3f), MathF.Log(.1f), MathF.Log(.4f), MathF.Log(.2f)];

    [Fact]
    public void Temperature_zero_takes_the_largest_and_of_equals_the_first()
    {
        var sampler = new Sampler(new SamplingOptions { Temperature = 0 }, 4);
        Assert.Equal(2, sampler.Draw(Logits));
        Assert.Equal(1, sampler.Draw([-1, 5, 5, float.NegativeInfinity]));
        Assert.Equal(0, sampler.Draw([0, 0, 0, 0]));
    }

    [Fact]
    public void Draws_follow_the_probabilities()
    {
        AssertShares(new SamplingOptions(), .3, .1, .4, .2);
        AssertShares(new SamplingOptions { Temperature = .5 }, .09 / .3, .01 / .3, .16 / .3, .04 / .3);
        AssertShares(new SamplingOptions { TopK = 4, TopP = 1 }, .3, .1, .4, .2);
    }

    [Fact]
    public void Top_k_draws_from_the_most_probable()
    {
        AssertShares(new SamplingOptions { TopK = 1 }, 0, 0, 1, 0);
        AssertShares(new SamplingOptions { TopK = 2 }, 3 / 7.0, 0, 4 / 7.0, 0);
        AssertShares(new SamplingOptions { TopK = 3 }, 3 / 9.0, 0, 4 / 9.0, 2 / 9.0);
    }

    [Fact]
    public void Top_p_draws_from_the_fewest_that_reach_it()
    {
        AssertShares(new SamplingOptions { TopP = .01 }, 0, 0, 1, 0);
        AssertShares(new SamplingOptions { TopP = .39 }, 0, 0, 1, 0);
        AssertShares(new SamplingOptions { TopP = .41 }, 3 / 7.0, 0, 4 / 7.0, 0);
        AssertShares(new SamplingOptions { TopP = .89 }, 3 / 9.0, 0, 4 / 9.0, 2 / 9.0);
        AssertShares(new SamplingOptions { TopK = 2, TopP = .5 }, 0, 0, 1, 0);
        AssertShares(new SamplingOptions { TopK = 2, TopP = .6 }, 3 / 7.0, 0, 4 / 7.0, 0);
    }

    [Fact]
    public void What_has_no_probability_is_never_drawn()
    {
        var sampler = new Sampler(new SamplingOptions { Temperature = 1000 }, 3);
        for (int i = 0; i < 1000; i++)
            Assert.Equal(1, sampler.Draw([float.NegativeInfinity, 0, float.NegativeInfinity]));
    }

    [Fact]
    public void Seed_and_sequence_decide_the_draws()
    {
        int[] Draws(ulong seed, int sequence)
        {
            var sampler = new Sampler(new SamplingOptions { Seed = seed }, 4, sequence);
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Draw(Logits))];
        }

        Assert.Equal(Draws(1, 0), Draws(1, 0));
        Assert.NotEqual(Draws(1, 0), Draws(2, 0));
        Assert.NotEqual(Draws(1, 0), Draws(1, 1));
    }

    [Theory]
    [InlineData(-1, 0, 1, "-1")]
    [InlineData(double.NaN, 0, 1, "NaN")]
    [InlineData(1, -2, 1, "-2")]
    [InlineData(1, 0, 0, "0")]
    [InlineData(1, 0, 1.5, "1.5")]
    public void Wrong_options_are_refused(double temperature, int topK, double topP, string named)
    {
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP };
        Assert.Contains(named, Assert.Throws<InputException>(() => new Sampler(options, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_that_are_not_numbers_are_refused() =>
        Assert.Throws<ArgumentException>(() => new Sampler(new SamplingOptions(), 2).Draw([0, float.NaN]));

    /// <summary>20,000 draws: a share's standard deviation is at most .0036.</summary>
    private static void AssertShares(SamplingOptions options, params double[] shares)
    {
        const int Draws = 20_000;
        var sampler = new Sampler(options with { Seed = 9 }, shares.Length);
        var counts = new int[shares.Length];
        for (int i = 0; i < Draws; i++)
            counts[sampler.Draw(Logits)]++;
        for (int id = 0; id < shares.Length; id++)
        {
            Assert.Equal(shares[id], counts[id] / (double)Draws, .015);
            Assert.Equal(shares[id] == 0, counts[id] == 0);
        }
    }
}
