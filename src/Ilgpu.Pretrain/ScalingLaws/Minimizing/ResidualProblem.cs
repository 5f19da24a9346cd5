namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A law's residuals against measurements, as a function of the coordinates of its free parameters. For one thread.</summary>
internal sealed class ResidualProblem
{
    private readonly LawModel model;
    private readonly double[] targets;
    private readonly double[]? weights;
    private readonly double[] values;
    private readonly double[] natural;
    private readonly double[] gradient;

    /// <param name="model">Bound to the points.</param>
    /// <param name="space">Of its parameters.</param>
    /// <param name="criterion">What is minimised.</param>
    /// <param name="measured">One a point; positive where the criterion is on logarithms.</param>
    /// <param name="weights">Of each point's cost; null for 1.</param>
    public ResidualProblem(LawModel model, ParameterSpace space, FitCriterion criterion, ReadOnlySpan<double> measured, double[]? weights)
    {
        this.model = model;
        this.weights = weights;
        Space = space;
        Criterion = criterion;
        targets = measured.ToArray();
        if (criterion.OnLog)
        {
            for (int i = 0; i < targets.Length; i++)
                targets[i] = Math.Log(targets[i]);
        }

        values = new double[targets.Length];
        natural = new double[space.AllCount];
        gradient = new double[targets.Length * space.AllCount];
    }

    public ParameterSpace Space { get; }

    public FitCriterion Criterion { get; }

    public int Points => targets.Length;

    public double WeightOf(int point) => weights is null ? 1 : weights[point];

    /// <summary>
    /// Residuals, fitted less measured, with their derivatives by the coordinates.
    /// </summary>
    /// <param name="coordinates">Of the free parameters.</param>
    /// <param name="residuals">(points).</param>
    /// <param name="jacobian">(points, coordinates), or empty.</param>
    /// <returns>The objective; infinity where the law has no value.</returns>
    public double Evaluate(ReadOnlySpan<double> coordinates, Span<double> residuals, Span<double> jacobian)
    {
        Space.ToValues(coordinates, natural);
        model.Evaluate(natural, values, jacobian.IsEmpty ? default : gradient);
        double objective = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            double value = values[i];
            residuals[i] = (Criterion.OnLog ? Math.Log(value) : value) - targets[i];
            objective += WeightOf(i) * Criterion.Cost(residuals[i]);
        }

        if (!double.IsFinite(objective))
            return double.PositiveInfinity;
        if (!jacobian.IsEmpty)
            Transform(jacobian);
        return objective;
    }

    private void Transform(Span<double> jacobian)
    {
        ReadOnlySpan<int> free = Space.Free;
        for (int c = 0; c < free.Length; c++)
        {
            double scale = Space.IsLog(c) ? natural[free[c]] : 1;
            for (int i = 0; i < targets.Length; i++)
            {
                double slope = gradient[(i * Space.AllCount) + free[c]] * scale;
                jacobian[(i * free.Length) + c] = Criterion.OnLog ? slope / values[i] : slope;
            }
        }
    }
}
