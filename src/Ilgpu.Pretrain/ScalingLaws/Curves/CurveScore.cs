namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>How well a law follows one loss curve, in the figures of Luo et al. (arXiv 2503.12811).</summary>
/// <param name="Curve">Its name.</param>
/// <param name="RSquared">1 less the residual sum of squares over that around the mean.</param>
/// <param name="MeanAbsoluteError">In nats.</param>
/// <param name="RootMeanSquareError">In nats.</param>
/// <param name="MeanRelativeError">The mean of |error| / loss.</param>
/// <param name="WorstRelativeError">The largest |error| / loss.</param>
public sealed record CurveScore(
    string Curve,
    double RSquared,
    double MeanAbsoluteError,
    double RootMeanSquareError,
    double MeanRelativeError,
    double WorstRelativeError)
{
    /// <summary>The scores of each curve among rows; none where they are not of curves.</summary>
    public static IReadOnlyList<CurveScore> Of(LawData data, double[] predicted)
    {
        if (!data.Has(CurveLaw.Curve.Name))
            return [];
        string[] names = data.Words(CurveLaw.Curve.Name);
        return
        [
            .. Enumerable.Range(0, data.Count).GroupBy(row => names[row])
                .Select(rows => Of(rows.Key, [.. rows.Select(row => data.Target[row])], [.. rows.Select(row => predicted[row])])),
        ];
    }

    public static CurveScore Of(string curve, IReadOnlyList<double> measured, IReadOnlyList<double> predicted)
    {
        double[] errors = [.. measured.Zip(predicted, (loss, value) => Math.Abs(value - loss))];
        double[] relative = [.. errors.Zip(measured, (error, loss) => error / loss)];
        return new CurveScore(
            curve,
            LawFitting.RSquared(measured, predicted),
            errors.Average(),
            Math.Sqrt(errors.Average(error => error * error)),
            relative.Average(),
            relative.Max());
    }
}
