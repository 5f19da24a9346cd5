using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>Parameters that were drawn come back from the losses that they make.</summary>
public sealed class LawRecoveryTests
{
    /// <summary>Of parameters from exact losses: what double precision leaves of exponents that trade against factors.</summary>
    private const double Exact = 1e-4;

    private const int Cases = 5;

    [Fact]
    public void Power() => Recover(
        new PowerLaw(PowerLaw.Anything),
        random => new() { ["A"] = Between(random, .05, 5), ["alpha"] = Between(random, .2, 1.5), ["E"] = Between(random, 1, 4) },
        ("x", Scale(.1, 10, 8)));

    [Fact]
    public void Chinchilla() => Recover(new ChinchillaLaw(), OfChinchilla, Grid("N", Scale(1e7, 1e10, 6), "D", Scale(1e9, 1e12, 6)));

    [Fact]
    public void Overtraining() => Recover(
        new OvertrainingLaw(),
        random => new() { ["a"] = Between(random, 50, 300), ["b"] = Between(random, 50, 400), ["eta"] = Between(random, .08, .2), ["E"] = Between(random, 1, 2) },
        Grid("N", Scale(1e7, 5e8, 4), "M", Scale(5, 640, 5)));

    [Fact]
    public void Downstream_error() => Recover(
        new DownstreamErrorLaw(),
        random => new() { ["k"] = Between(random, 1, 3), ["gamma"] = Between(random, .5, 1), ["eps"] = Between(random, .8, .9) },
        ("loss", [2, 2.3, 2.7, 3.2, 3.8, 4.6, 5.5]));

    [Fact]
    public void Repeated_data()
    {
        double[] sizes = Scale(1e8, 1e10, 5), repeats = [1, 2, 4, 8, 16, 40];
        (double N, double R)[] points = [.. from n in sizes from r in repeats select (n, r)];
        Recover(
            new RepeatedDataLaw(),
            random => new(new RepeatedDataLaw().Published[0].Parameters) { ["R_D"] = Between(random, 5, 30), ["R_N"] = Between(random, 2, 10) },
            ("N", [.. points.Select(point => point.N)]),
            ("D", [.. points.Select(point => point.R * 1e9)]),
            ("U", [.. points.Select(_ => 1e9)]));
    }

    [Fact]
    public void Transfer() => Recover(
        new TransferLaw(),
        random => new() { ["k"] = Between(random, 1e3, 1e6), ["alpha"] = Between(random, .05, .4), ["beta"] = Between(random, .2, .6) },
        Grid("DF", Scale(1e5, 1e8, 4), "N", Scale(1e6, 1e9, 4)));

    [Fact]
    public void Batch_size() => Recover(new BatchSizeLaw(), random => new() { ["b"] = Between(random, 1e8, 1e10), ["p"] = Between(random, 3, 9) }, ("loss", [2.2, 2.5, 3, 3.5, 4]));

    [Fact]
    public void Straight_line_in_logarithms_of_either_slope() => Recover(
        new LogLogLaw(LogLogLaw.Anything),
        random => new() { ["k"] = Between(random, 1e-3, 10), ["p"] = Between(random, -2, 2) },
        ("x", Scale(1, 1e6, 6)),
        ("weight", [1, 2, 3, 1, 2, 3]));

    [Fact]
    public void Average_parameters()
    {
        (double N, double D)[] points = [.. from n in Scale(1e7, 1e10, 5) from d in Scale(1e9, 1e12, 5) select (n, d)];
        Recover(
            new AverageParametersLaw(),
            OfChinchilla,
            ("N", [.. points.Select(point => point.N)]),
            ("D", [.. points.Select(point => point.D)]),
            ("N-final", [.. points.Select((point, i) => point.N * (i % 3 == 0 ? 1 : i % 3 == 1 ? .5 : .2))]));
    }

    [Fact]
    public void Isoflop()
    {
        // At C the loss is (ln N - ln(k C^a))^2 above that of the best N.
        const double Factor = .6, Exponent = .46;
        double[] shifts = [-.9, -.3, .2, .7];
        (double C, double N)[] points = [.. from c in Scale(1e18, 1e21, 4) from shift in shifts select (c, Factor * Math.Pow(c, Exponent) * Math.Exp(shift + .1))];
        var data = new LawData(
            [.. points.Select((_, i) => $"row {i + 1}")],
            [.. points.Select(point => 2 + Math.Pow(point.C / 1e18, -.1) + Math.Pow(Math.Log(point.N / (Factor * Math.Pow(point.C, Exponent))), 2))],
            new Dictionary<string, double[]> { ["N"] = [.. points.Select(point => point.N)], ["C"] = [.. points.Select(point => point.C)] });
        LawFit fit = LawFitting.Fit(new IsoflopLaw(), data, new FitOptions { Bootstraps = 0, Predict = [new LawPoint("", new Dictionary<string, double> { ["C"] = 1e22 })] }, TestContext.Current.CancellationToken);
        Assert.Equal(Factor, fit.Estimate.Parameters["k_N"], Factor * Exact);
        Assert.Equal(Exponent, fit.Estimate.Parameters["a"], Exponent * Exact);
        Assert.Equal(1 - Exponent, fit.Estimate.Parameters["b"], Exact);
        Assert.Equal(1 / (6 * Factor), fit.Estimate.Parameters["k_D"], Exact);
        Assert.Equal(Factor * Math.Pow(1e22, Exponent), fit.Predictions[0].Value, 1e-4 * fit.Predictions[0].Value);
        Assert.Equal(12, fit.Findings.Count);
    }

    [Fact]
    public void Joint_law_of_members_and_sizes()
    {
        const double Limit = 3.17;
        double[] sizes = [.15, .3, .6, 1.4], members = [1, 2, 3, 4, 5];
        double Asymptote(double n) => (.03 * Math.Pow(n, -.9)) + Limit;
        (double N, double K)[] points = [.. from n in sizes from k in members select (n, k)];
        var data = new LawData(
            [.. points.Select((_, i) => $"row {i + 1}")],
            [.. points.Select(point => Asymptote(point.N) + (.25 * Math.Pow(point.K, -1.02)))],
            new Dictionary<string, double[]> { ["N"] = [.. points.Select(point => point.N)], ["K"] = [.. points.Select(point => point.K)] });
        LawFit fit = LawFitting.Fit(new JointLaw(), data, new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
        Assert.Equal(Limit, fit.Estimate.Parameters["E"], Limit * Exact);
        Assert.All(fit.Findings.Where(finding => finding.What == "asymptote in K"), finding => Assert.Equal(Asymptote(double.Parse(finding.At["N"])), finding.Value, Exact));
        Assert.Equal(4, fit.Findings.Count(finding => finding.What == "asymptote in K"));
    }

    private static Dictionary<string, double> OfChinchilla(Random random) => new()
    {
        ["A"] = Between(random, 100, 1000),
        ["B"] = Between(random, 100, 5000),
        ["E"] = Between(random, 1, 2.5),
        ["alpha"] = Between(random, .25, .5),
        ["beta"] = Between(random, .25, .5),
    };

    private static void Recover(ScalingLaw law, Func<Random, Dictionary<string, double>> draw, params (string Variable, double[] Values)[] columns)
    {
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            Dictionary<string, double> truth = draw(random);
            LawData data = Simulation.Of(law, truth, random, noise: 0, columns);
            LawFit fit = LawFitting.Fit(law, data, new FitOptions { Bootstraps = 0 }, TestContext.Current.CancellationToken);
            string what = $"seed {seed}: {string.Join(", ", truth)} gave {string.Join(", ", fit.Estimate.Parameters)}; {fit.Estimate.Objective}";
            foreach ((string name, double value) in truth)
                Assert.True(Math.Abs(fit.Estimate.Parameters[name] - value) <= Exact * Math.Abs(value), what);
            Assert.True(fit.RSquared > 1 - 1e-9, what);
        }
    }

    private static (string, double[])[] Grid(string first, double[] firsts, string second, double[] seconds) =>
    [
        (first, [.. firsts.SelectMany(value => Enumerable.Repeat(value, seconds.Length))]),
        (second, [.. firsts.SelectMany(_ => seconds)]),
    ];

    private static double[] Scale(double from, double to, int count) => [.. Enumerable.Range(0, count).Select(i => from * Math.Pow(to / from, i / (count - 1.0)))];

    private static double Between(Random random, double from, double to) => from + ((to - from) * random.NextDouble());
}
