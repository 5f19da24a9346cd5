using System.Globalization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// What a fit minimises: the plain sum over points of the weighted cost of each residual. The cost is r^2, or Huber's with
/// the quadratic part r^2 / 2: <c>r^2 / 2</c> up to <paramref name="Delta"/>, <c>delta (|r| - delta / 2)</c> beyond it.
/// </summary>
/// <param name="OnLog">Whether residuals are differences of logarithms, else of the values.</param>
/// <param name="Delta">Of Huber's cost; null for least squares.</param>
public sealed record FitCriterion(bool OnLog, double? Delta)
{
    public static FitCriterion LeastSquares { get; } = new(OnLog: false, Delta: null);

    public static FitCriterion LeastSquaresOfLog { get; } = new(OnLog: true, Delta: null);

    public static FitCriterion HuberOfLog(double delta) => new(OnLog: true, delta);

    public double Cost(double residual)
    {
        double size = Math.Abs(residual);
        return Delta is not { } delta ? residual * residual
            : size <= delta ? residual * residual / 2
            : delta * (size - (delta / 2));
    }

    /// <summary>The cost's slope divided by the residual.</summary>
    internal double Weight(double residual)
    {
        double size = Math.Abs(residual);
        return Delta is not { } delta ? 2 : size <= delta ? 1 : delta / size;
    }

    /// <summary>The cost's second derivative.</summary>
    internal double Curvature(double residual) => Delta is not { } delta ? 2 : Math.Abs(residual) <= delta ? 1 : 0;

    public override string ToString()
    {
        string residual = OnLog ? "log residual" : "residual";
        return Delta is { } delta
            ? string.Create(CultureInfo.InvariantCulture, $"sum of Huber({delta:0.########}) of the {residual}, quadratic part r^2/2")
            : $"sum of squares of the {residual}";
    }
}
