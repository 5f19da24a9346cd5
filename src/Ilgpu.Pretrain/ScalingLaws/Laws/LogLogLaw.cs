namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A straight line in logarithms, <c>y = k x^p</c>, p of either sign; rows may have weights.</summary>
/// <param name="over">What y follows.</param>
public sealed class LogLogLaw(LawVariable over) : PointwiseLaw
{
    public static readonly LawVariable Anything = new("x", "what y follows; parameters are named by --n, tokens by --d, compute by --c instead") { MustVary = true };

    private static readonly LawVariable[] Choices =
    [
        Anything,
        LawVariable.Parameters with { Helps = false },
        LawVariable.Tokens with { Helps = false },
        new("C", "compute, FLOPs") { MustVary = true },
    ];

    private static readonly LawVariable Weight = new("weight", "of the row in the sum of squares") { IsOptional = true, UsualColumns = ["weight"] };

    public override string Name => "loglog";

    public override string Form => "y = k x^p";

    public override string Protocol => "weighted least squares on the log of y; all weights are 1 without --weight";

    public override string Source => "linear regression on logarithms, as for a best learning rate, batch or critical batch by size";

    public override IReadOnlyList<LawVariable> Variables { get; } = [over, Weight];

    public override LawVariable Target { get; } = new("y", "what follows x") { UsualColumns = ["y", "loss"] };

    public override IReadOnlyList<LawParameter> Parameters { get; } = [LawParameter.Factor("k"), new LawParameter("p") { Starts = [0] }];

    public override FitCriterion Criterion => FitCriterion.LeastSquaresOfLog;

    /// <summary>The law over the one of x, N, D and C that is given.</summary>
    public override ScalingLaw Over(IReadOnlyCollection<string> given) => new LogLogLaw(LawVariable.TheOneOf(Choices, given, Name, over));

    public override double[]? Weights(LawData data) => data.Has(Weight.Name) ? data.Numbers(Weight.Name) : null;

    protected override double[] Features(LawPoint point) => [Math.Log(point[over.Name])];

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double power = Math.Exp(parameters[1] * features[0]);
        gradient[0] = power;
        gradient[1] = features[0] * parameters[0] * power;
        return parameters[0] * power;
    }
}
