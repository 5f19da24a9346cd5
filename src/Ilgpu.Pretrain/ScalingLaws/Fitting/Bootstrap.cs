using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Fits of a law to measurements drawn anew, and what they say about figures. Each fit has a generator of its own.</summary>
internal static class Bootstrap
{
    /// <summary>Fewer fits have no tails to speak of.</summary>
    private const int FewestFits = 50;

    /// <summary>So many points a parameter.</summary>
    private const int ManyPoints = 40;

    /// <summary>
    /// Rows where there are many points: their noise may differ from place to place, as that of real runs does. Residuals
    /// where there are few: rows drawn anew would leave samples with hardly more different points than parameters.
    /// </summary>
    public static Resampling UsualResampling(int points, int parameters) =>
        points >= ManyPoints * parameters ? Resampling.Rows : Resampling.Residuals;

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

    /// <summary>The share of fits below an interval, and that above it.</summary>
    /// <param name="confidence">Of the interval.</param>
    /// <param name="resampling">What is drawn.</param>
    /// <param name="freedom">Points less parameters.</param>
    /// <remarks>
    /// Few points make a noise that is estimated from them too small as often as too large; as Student's t is wider than the
    /// normal distribution by that, so are the shares of drawn residuals smaller (Hesterberg, The American Statistician 69,
    /// 2015, 'expanded percentile'). Rows drawn anew differ in what points there are as well and need no such help.
    /// </remarks>
    public static double TailOf(double confidence, Resampling resampling, int freedom)
    {
        double tail = (1 - confidence) / 2;
        return resampling == Resampling.Rows ? tail : Normal.CDF(0, 1, StudentT.InvCDF(0, 1, freedom, tail));
    }

    /// <summary>The middle of a figure over the fits; null where too few have it.</summary>
    /// <param name="fits">Their figures.</param>
    /// <param name="figure">Which one.</param>
    /// <param name="tail">The share of fits on either side.</param>
    public static Interval? IntervalOf(IReadOnlyList<double[]> fits, int figure, double tail)
    {
        double[] sorted = [.. fits.Select(fit => fit[figure]).Where(value => !double.IsNaN(value)).Order()];
        if (sorted.Length < FewestFits)
            return null;
        return new Interval(
            SortedArrayStatistics.QuantileCustom(sorted, tail, QuantileDefinition.R7),
            SortedArrayStatistics.QuantileCustom(sorted, 1 - tail, QuantileDefinition.R7));
    }

    /// <summary>
    /// Residuals as large as the noise: a fit makes them smaller by the share of parameters among the points. Least squares
    /// does so to all of them. Huber's cost with a small delta passes right through a point for each parameter instead:
    /// those are left out.
    /// </summary>
    private static double[] WidenedResiduals(LawData data, LawEstimate estimate)
    {
        int[] rows = [.. estimate.FittedRows ?? [.. Enumerable.Range(0, data.Count)]];
        double[] residuals = [.. rows.Select(row => estimate.Criterion.OnLog ? Math.Log(data.Target[row] / estimate.Fitted[row]) : data.Target[row] - estimate.Fitted[row])];
        if (estimate.Criterion.Delta is not null)
            return [.. residuals.OrderBy(Math.Abs).Skip(estimate.FittedParameters)];
        double widening = Math.Sqrt(rows.Length / (double)(rows.Length - estimate.FittedParameters));
        return [.. residuals.Select(residual => widening * residual)];
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
