namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A law that is one formula with a residual a row.</summary>
public abstract class RegressionLaw : ScalingLaw
{
    public abstract IReadOnlyList<LawParameter> Parameters { get; }

    /// <summary>What its source minimised.</summary>
    public abstract FitCriterion Criterion { get; }

    public override bool TakesDrawnRows => true;

    /// <summary>The law at the rows of a table.</summary>
    public abstract LawModel Bind(LawData data);

    /// <summary>The weight of each row's cost; null where all count the same.</summary>
    public virtual double[]? Weights(LawData data) => null;

    /// <summary>Figures that follow from the parameters.</summary>
    public virtual IReadOnlyList<LawFinding> Derive(IReadOnlyDictionary<string, double> parameters) => [];

    /// <summary>What to know about these rows beside the fit.</summary>
    public virtual IEnumerable<string> Notes(LawData data, IReadOnlyDictionary<string, double> parameters) => [];

    public override LawEstimate Estimate(LawData data, FitOptions options, LawEstimate? near, CancellationToken cancellation) =>
        new RegressionFit(this, data, options).Run(near, cancellation);

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
}
