namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A mean over rows.</summary>
/// <param name="Mean">Of them.</param>
/// <param name="StandardError">Of the mean: the sample's standard deviation over the root of the number; null of a single row.</param>
/// <param name="Count">Rows.</param>
public readonly record struct MeanWithError(double Mean, double? StandardError, int Count)
{
    /// <param name="values">One at least.</param>
    public static MeanWithError Of(IReadOnlyCollection<double> values)
    {
        double mean = values.Sum() / values.Count;
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new MeanWithError(mean, values.Count < 2 ? null : Math.Sqrt(squares / (values.Count - 1) / values.Count), values.Count);
    }

    internal static MeanWithError Share(IReadOnlyCollection<bool> outcomes) => Of([.. outcomes.Select(outcome => outcome ? 1.0 : 0.0)]);
}
