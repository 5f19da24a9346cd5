using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>A 95% interval has the truth in it 95 times in 100.</summary>
public sealed class CoverageTests
{
    [Theory]
    [InlineData(Resampling.Residuals)]
    [InlineData(Resampling.Rows)]
    public void X(Resampling resampling)
    {
        foreach (double noise in new[] { .0005, .002, .01 })
        {
            var covered = new Dictionary<string, int>();
            for (int i = 0; i < 200; i++)
            {
                LawData data = Simulation.OfChinchilla(new Random(1000 + i), noise);
                LawFit fit = LawFitting.Fit(new ChinchillaLaw(), data, new FitOptions { Bootstraps = 400, Resampling = resampling }, TestContext.Current.CancellationToken);
                foreach ((string name, double truth) in Simulation.Chinchilla)
                    covered[name] = covered.GetValueOrDefault(name) + (fit.Intervals.TryGetValue(name, out var interval) && interval.Contains(truth) ? 1 : 0);
            }
            TestContext.Current.TestOutputHelper?.WriteLine($"{resampling} {noise} chinchilla " + string.Join(", ", covered));
            covered.Clear();
            var p = new Dictionary<string, double> { ["A"] = 5, ["alpha"] = .4, ["E"] = 3 };
            for (int i = 0; i < 200; i++)
            {
                LawData data = Simulation.Of(new PowerLaw(PowerLaw.Anything), p, new Random(1000 + i), noise, ("x", [.. Enumerable.Range(0, 10).Select(k => Math.Pow(2, k))]));
                LawFit fit = LawFitting.Fit(new PowerLaw(PowerLaw.Anything), data, new FitOptions { Bootstraps = 400, Resampling = resampling }, TestContext.Current.CancellationToken);
                foreach ((string name, double truth) in p)
                    covered[name] = covered.GetValueOrDefault(name) + (fit.Intervals.TryGetValue(name, out var interval) && interval.Contains(truth) ? 1 : 0);
            }
            TestContext.Current.TestOutputHelper?.WriteLine($"{resampling} {noise} power10 " + string.Join(", ", covered));
        }
    }
}
