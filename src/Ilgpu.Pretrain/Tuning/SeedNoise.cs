using MathNet.Numerics.Distributions;

namespace Ilgpu.Pretrain.Tuning;

/// <summary>How far losses of one point lie apart when only the seeds differ.</summary>
public sealed record SeedNoise
{
    /// <summary>Of the two-sided test whether a difference of two losses is more than noise.</summary>
    public const double Confidence = .95;

    /// <summary>Losses at the optimum: the tuning's own seeds first, then the others; infinite where a run diverged.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    public required double Mean { get; init; }

    /// <summary>Of one loss, estimated with <see cref="DegreesOfFreedom"/>; infinite where a run diverged.</summary>
    public required double StandardDeviation { get; init; }

    /// <summary>One less than losses.</summary>
    public required int DegreesOfFreedom { get; init; }

    /// <summary>
    /// Of a difference of two single losses: sqrt(2) times <see cref="StandardDeviation"/>, as if their seeds had nothing in
    /// common. Neighbours have the optimum's seeds, so the true one is rather smaller.
    /// </summary>
    public required double DifferenceDeviation { get; init; }

    /// <summary>
    /// A difference below this lies within noise: <see cref="DifferenceDeviation"/> times the quantile of Student's t for
    /// <see cref="Confidence"/>, which allows for the deviation being itself an estimate of a few losses.
    /// </summary>
    public required double Threshold { get; init; }

    /// <param name="losses">Two at least, the tuning's own first.</param>
    public static SeedNoise Of(IReadOnlyList<double> losses)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(losses.Count, 2, nameof(losses));
        int freedom = losses.Count - 1;
        double mean = losses.Average();
        double deviation = losses.All(double.IsFinite)
            ? Math.Sqrt(losses.Sum(loss => (loss - mean) * (loss - mean)) / freedom)
            : double.PositiveInfinity;
        double ofDifference = Math.Sqrt(2) * deviation;
        return new SeedNoise
        {
            Losses = losses,
            Mean = mean,
            StandardDeviation = deviation,
            DegreesOfFreedom = freedom,
            DifferenceDeviation = ofDifference,
            Threshold = StudentT.InvCDF(0, 1, freedom, (1 + Confidence) / 2) * ofDifference,
        };
    }
}
