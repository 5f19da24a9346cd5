namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// The least value of a convex function of weights that are not negative and sum to 1, by Newton's method: its quadratic
/// model is minimised over the simplex two weights at a time, and the step halved until the value falls.
/// </summary>
internal static class SimplexMinimizer
{
    private const int MostIterations = 50;
    private const int MostHalvings = 30;

    /// <summary>Moves within the quadratic model, for each weight.</summary>
    private const int MostMoves = 1000;

    /// <summary>A rise by less is rounding.</summary>
    private const double Rounding = 1e-9;

    /// <param name="count">Weights.</param>
    /// <param name="tolerance">How far above the least value it may end.</param>
    /// <param name="of">The function; its value may be infinite or NaN where it has none, but not at equal weights.</param>
    public static SimplexMinimum Minimize(int count, double tolerance, Func<double[], QuadraticModel> of)
    {
        double[] weights = [.. Enumerable.Repeat(1.0 / count, count)];
        QuadraticModel at = of(weights);
        int iteration = 0;
        for (; iteration < MostIterations && Gap(weights, at) > tolerance; iteration++)
        {
            double[] step = MinimizeModel(weights, at);
            QuadraticModel next = of(step);
            for (int halving = 0; halving < MostHalvings && !(next.Value <= at.Value + Rounding); halving++)
            {
                step = [.. step.Zip(weights, (to, from) => (to + from) / 2)];
                next = of(step);
            }

            if (!(next.Value < at.Value))
                break;
            (weights, at) = (step, next);
        }

        return new SimplexMinimum(weights, at.Value, Gap(weights, at), iteration);
    }

    /// <summary>
    /// What the value is above the least one at most: a convex function lies above its tangent, whose least value is at a
    /// corner of the simplex (Jaggi, ICML 2013).
    /// </summary>
    private static double Gap(double[] weights, QuadraticModel at) => at.Gradient.Zip(weights, (slope, weight) => slope * weight).Sum() - at.Gradient.Min();

    /// <summary>From the weight with the steepest rise to that with the steepest fall, until those are the same.</summary>
    private static double[] MinimizeModel(double[] from, QuadraticModel model)
    {
        double[] weights = [.. from];
        double[] slopes = [.. model.Gradient];
        for (int move = 0; move < MostMoves * weights.Length; move++)
        {
            int to = Array.IndexOf(slopes, slopes.Min());
            int off = Enumerable.Range(0, weights.Length).Where(i => weights[i] > 0).MaxBy(i => slopes[i]);
            double difference = slopes[off] - slopes[to];
            if (difference <= 1e-15)
                break;
            double curvature = model.Hessian[to, to] + model.Hessian[off, off] - (2 * model.Hessian[to, off]);
            double moved = curvature > 0 ? Math.Min(weights[off], difference / curvature) : weights[off];
            weights[off] = moved == weights[off] ? 0 : weights[off] - moved;
            weights[to] += moved;
            for (int i = 0; i < slopes.Length; i++)
                slopes[i] += moved * (model.Hessian[i, to] - model.Hessian[i, off]);
        }

        return weights;
    }
}
