using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>
/// A 95% interval has the truth in it in 95 of 100 simulations: in 34 to 40 of 40 here, in 180 to 198 of 200 in the slow
/// suite. Of 40, fewer than 34 would be seen once in 100 times.
/// </summary>
public sealed class CoverageTests
{
    private static readonly IReadOnlyDictionary<string, double> Power = new Dictionary<string, double> { ["A"] = 5, ["alpha"] = .4, ["E"] = 3 };

    /// <summary>The law, sizes (of Chinchilla's law each on as many amounts of data), noise.</summary>
    public static TheoryData<string, int, double> Cases { get; } = new()
    {
        { "chinchilla", 6, .002 },
        { "chinchilla", 6, .01 },
        { "chinchilla", 12, .002 },
        { "chinchilla", 12, .01 },
        { "chinchilla", 15, .01 },
        { "power", 20, .002 },
        { "power", 20, .01 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Intervals_of_parameters_and_predictions_cover_the_truth(string law, int sizes, double noise) =>
        AssertCovered(law, sizes, noise, simulations: 40, fewest: 34, most: 40, bootstraps: 400, seed: 2000);

    [Theory(Explicit = true)]
    [Trait("Speed", "slow")]
    [MemberData(nameof(Cases))]
    public void Intervals_of_parameters_and_predictions_cover_the_truth_as_often_as_they_say(string law, int sizes, double noise) =>
        AssertCovered(law, sizes, noise, simulations: 200, fewest: 180, most: 198, bootstraps: 1000, seed: 3000);

    private static void AssertCovered(string name, int sizes, double noise, int simulations, int fewest, int most, int bootstraps, int seed)
    {
        (ScalingLaw law, IReadOnlyDictionary<string, double> truth, LawPoint beyond) = name == "power"
            ? ((ScalingLaw)new PowerLaw(PowerLaw.Anything), Power, Point(("x", 2000)))
            : (new ChinchillaLaw(), Simulation.Chinchilla, Point(("N", 7e9), ("D", 2e11)));
        double value = law.Predict(truth, beyond);
        var covered = new Dictionary<string, int> { ["prediction"] = 0 };
        for (int i = 0; i < simulations; i++)
        {
            var random = new Random(seed + i);
            LawData data = name == "power"
                ? Simulation.Of(law, truth, random, noise, ("x", [.. Enumerable.Range(0, sizes).Select(k => Math.Pow(2, k / 2.0))]))
                : Simulation.OfChinchilla(random, noise, sizes);
            LawFit fit = LawFitting.Fit(law, data, new FitOptions { Bootstraps = bootstraps, Seed = (ulong)i, Predict = [beyond] }, TestContext.Current.CancellationToken);
            foreach ((string parameter, double expected) in truth)
                covered[parameter] = covered.GetValueOrDefault(parameter) + (fit.Intervals[parameter].Contains(expected) ? 1 : 0);
            covered["prediction"] += fit.Predictions[0].Interval!.Value.Contains(value) ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}, {sizes} sizes, noise {noise}, seeds from {seed}: of {simulations} simulations covered {string.Join(", ", covered)}");
        Assert.All(covered, each => Assert.InRange(each.Value, fewest, most));
    }

    private static LawPoint Point(params (string Name, double Value)[] values) => new("", values.ToDictionary(value => value.Name, value => value.Value));
}
