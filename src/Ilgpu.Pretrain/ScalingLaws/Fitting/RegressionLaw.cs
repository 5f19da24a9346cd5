namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A law that is one formula with a residual a row: a new one gives its parameters, features, value and gradient.</summary>
public abstract class RegressionLaw : ScalingLaw
{
    public abstract IReadOnlyList<LawParameter> Parameters { get; }

    /// <summary>What its source minimised.</summary>
    public abstract FitCriterion Criterion { get; }

    /// <summary>What the formula takes of a point, worked out once: logarithms, say.</summary>
    protected abstract double[] Features(LawPoint point);

    /// <summary>The formula.</summary>
    /// <param name="features">Of a point.</param>
    /// <param name="parameters">In the law's order.</param>
    /// <param name="gradient">Overwritten by the derivatives by the parameters.</param>
    protected abstract double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient);

    /// <summary>The law at the rows of a table.</summary>
    public virtual LawModel Bind(LawData data)
    {
        double[][] features = [.. Enumerable.Range(0, data.Count).Select(row => Features(data.Point(row)))];
        return new PointwiseModel(this, features);
    }

    /// <summary>The weight of each row's cost; null where all count the same.</summary>
    public virtual double[]? Weights(LawData data) => null;

    /// <summary>Figures that follow from the parameters.</summary>
    public virtual IReadOnlyList<LawFinding> Derive(IReadOnlyDictionary<string, double> parameters) => [];

    /// <summary>What to know about these rows beside the fit.</summary>
    public virtual IEnumerable<string> Notes(LawData data, IReadOnlyDictionary<string, double> parameters) => [];

    public override LawEstimate Estimate(LawData data, FitOptions options, LawEstimate? near, CancellationToken cancellation) =>
        new RegressionFit(this, data, options).Run(near, cancellation);

    public override double Predict(IReadOnlyDictionary<string, double> parameters, LawPoint at) =>
        Value(Features(at), InOrder(parameters), new double[Parameters.Count]);

    /// <summary>By name as in the law's order.</summary>
    /// <exception cref="InputException">One is missing.</exception>
    internal double[] InOrder(IReadOnlyDictionary<string, double> parameters) =>
    [
        .. Parameters.Select(parameter => parameters.TryGetValue(parameter.Name, out double value)
            ? value
            : parameter.Held ?? throw new InputException($"The law {Name} has the parameter {parameter.Name}, which is not given.")),
    ];

    internal Dictionary<string, double> ByName(ReadOnlySpan<double> values)
    {
        var named = new Dictionary<string, double>(Parameters.Count);
        for (int i = 0; i < Parameters.Count; i++)
            named[Parameters[i].Name] = values[i];
        return named;
    }

    private sealed class PointwiseModel(RegressionLaw law, double[][] features) : LawModel
    {
        public override void Evaluate(ReadOnlySpan<double> parameters, Span<double> values, Span<double> gradient)
        {
            int count = parameters.Length;
            Span<double> unused = stackalloc double[count];
            for (int i = 0; i < features.Length; i++)
                values[i] = law.Value(features[i], parameters, gradient.IsEmpty ? unused : gradient.Slice(i * count, count));
        }
    }
}
