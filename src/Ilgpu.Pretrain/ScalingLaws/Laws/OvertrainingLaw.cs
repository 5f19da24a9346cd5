namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Gadre et al. (arXiv 2403.08540): loss by compute C = 6 N D and over-training M = D / N,
/// <c>L = E + (a M^eta + b M^-eta) C^-eta</c>. The same as <c>A N^-2eta + B D^-2eta</c> with constants of their own.
/// </summary>
public sealed class OvertrainingLaw : PointwiseLaw
{
    private static readonly LawVariable Ratio = new("M", "tokens a parameter, D / N") { IsOptional = true, UsualColumns = ["m"] };

    public override string Name => "overtraining";

    public override string Form => "E + (a M^eta + b M^-eta) C^-eta, C = 6 N D, M = D / N";

    public override string Protocol => "least squares on the loss; the source takes five small runs of each training set";

    public override string Source => "Gadre et al., arXiv 2403.08540";

    public override IReadOnlyList<LawVariable> Variables { get; } =
        [LawVariable.Parameters, LawVariable.Tokens with { IsOptional = true, MustVary = false }, Ratio];

    public override IReadOnlyList<LawParameter> Parameters { get; } =
    [
        LawParameter.Factor("a"),
        LawParameter.Factor("b"),
        LawParameter.Exponent("eta", .03, .06, .09, .12, .16, .22, .3, .5),
        LawParameter.Remainder("E"),
    ];

    public override FitCriterion Criterion => FitCriterion.LeastSquares;

    public override IReadOnlyList<PublishedLaw> Published { get; } =
    [
        Fit("c4", 141.3, 189.5, .1212, 1.508),
        Fit("redpajama", 212.2, 366.7, .1364, 1.837),
        Fit("refinedweb", 157.1, 246.2, .1272, 1.735),
    ];

    protected override double[] Features(LawPoint point)
    {
        double ratio = point.Has(Ratio.Name) ? point[Ratio.Name] : point["D"] / point["N"];
        return [Math.Log(ratio), Math.Log(6 * ratio * point["N"] * point["N"])];
    }

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double rising = Math.Exp(parameters[2] * (features[0] - features[1]));
        double falling = Math.Exp(-parameters[2] * (features[0] + features[1]));
        gradient[0] = rising;
        gradient[1] = falling;
        gradient[2] = (parameters[0] * rising * (features[0] - features[1])) - (parameters[1] * falling * (features[0] + features[1]));
        gradient[3] = 1;
        return (parameters[0] * rising) + (parameters[1] * falling) + parameters[3];
    }

    private static PublishedLaw Fit(string name, double a, double b, double eta, double remainder) => new(
        name,
        new Dictionary<string, double> { ["a"] = a, ["b"] = b, ["eta"] = eta, ["E"] = remainder },
        "arXiv 2403.08540, losses on C4's validation set");
}
