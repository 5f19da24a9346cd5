using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;
using MathNet.Numerics.Statistics;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Fits of a law to measurements drawn anew, and what they say about figures. Each fit has a generator of its own.</summary>
internal static class Bootstrap
{
    /// <summary>The figures of each fit that has them, in the fits' order; the same for every number of threads.</summary>
    /// <param name="law">That was fitted.</param>
    /// <param name="data">It was fitted to.</param>
    /// <param name="estimate">What came out.</param>
    /// <param name="count">Fits.</param>
    /// <param name="options">Seed, threads, what is drawn.</param>
    /// <param name="figures">What is wanted of a fit.</param>
    /// <param name="cancellation">Between fits.</param>
    public static IReadOnlyList<double[]> Run(
        ScalingLaw law,
        LawData data,
        LawEstimate estimate,
        int count,
        FitOptions options,
        Func<LawEstimate, double[]> figures,
        CancellationToken cancellation)
    {
        double[] residuals = WidenedResiduals(data, estimate);
        FitOptions alone = options with { Threads = 1 };
        double[]?[] drawn = new double[count][];
        Workers.For(
            count,
            options.Threads,
            i =>
            {
                var random = SplitMix64.Of(options.Seed, (ulong)i);
                LawData sample = options.Resampling == Resampling.Rows ? DrawRows(data, ref random) : DrawResiduals(data, estimate, residuals, ref random);
                try
                {
                    drawn[i] = figures(law.Estimate(sample, alone, estimate, cancellation));
                }
                catch (InputException)
                {
                    // A sample of too few different rows: it says nothing.
                }
            },
            cancellation);
        return [.. drawn.OfType<double[]>()];
    }

    /// <summary>The middle of a figure over the fits; null where too few have it.</summary>
    public static Interval? IntervalOf(IReadOnlyList<double[]> fits, int figure, double confidence)
    {
        double[] sorted = [.. fits.Select(fit => fit[figure]).Where(value => !double.IsNaN(value)).Order()];
        double tail = (1 - confidence) / 2;
        // An end has to lie between two fits at least.
        if (sorted.Length < 2 / tail)
            return null;
        return new Interval(
            SortedArrayStatistics.QuantileCustom(sorted, tail, QuantileDefinition.R7),
            SortedArrayStatistics.QuantileCustom(sorted, 1 - tail, QuantileDefinition.R7));
    }

    /// <summary>Least squares leaves residuals that are smaller than the noise by the share of parameters among the points.</summary>
    private static double[] WidenedResiduals(LawData data, LawEstimate estimate)
    {
        int[] rows = [.. estimate.FittedRows ?? [.. Enumerable.Range(0, data.Count)]];
        double widening = Math.Sqrt(rows.Length / (double)(rows.Length - estimate.FittedParameters));
        return [.. rows.Select(row => widening * (estimate.Criterion.OnLog ? Math.Log(data.Target[row] / estimate.Fitted[row]) : data.Target[row] - estimate.Fitted[row]))];
    }

    private static LawData DrawResiduals(LawData data, LawEstimate estimate, double[] residuals, ref SplitMix64 random)
    {
        double[] target = new double[data.Count];
        for (int i = 0; i < target.Length; i++)
        {
            double residual = residuals[random.Below(residuals.Length)];
            target[i] = estimate.Criterion.OnLog ? estimate.Fitted[i] * Math.Exp(residual) : estimate.Fitted[i] + residual;
        }

        return data.WithTarget(target);
    }

    private static LawData DrawRows(LawData data, ref SplitMix64 random)
    {
        int[] rows = new int[data.Count];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = random.Below(rows.Length);
        return data.Select(rows);
    }
}
