namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A row that a law was not fitted to, beside what the law says there.</summary>
/// <param name="Row">What messages call it.</param>
/// <param name="Measured">In the table.</param>
/// <param name="Predicted">By the law.</param>
/// <param name="Interval">Of the law, not of a single run; null without a bootstrap.</param>
public sealed record HeldOutRow(string Row, double Measured, double Predicted, Interval? Interval)
{
    /// <summary>Of the prediction, as a share of the measurement.</summary>
    public double RelativeError => (Predicted - Measured) / Measured;
}
