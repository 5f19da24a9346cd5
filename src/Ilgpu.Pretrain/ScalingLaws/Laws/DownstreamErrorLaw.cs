namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Gadre et al. (arXiv 2403.08540): the mean error of downstream tasks by loss, <c>eps - k exp(-gamma L)</c>.</summary>
public sealed class DownstreamErrorLaw : PointwiseLaw
{
    public override string Name => "downstream-error";

    public override string Form => "eps - k exp(-gamma loss)";

    public override string Protocol => "least squares on the error, over measured losses";

    public override string Source => "Gadre et al., arXiv 2403.08540";

    public override IReadOnlyList<LawVariable> Variables { get; } = [LawVariable.Loss with { MustVary = true }];

    public override LawVariable Target { get; } = new("error", "mean error of the tasks, in [0, 1]") { UsualColumns = ["error", "err"] };

    public override IReadOnlyList<LawParameter> Parameters { get; } =
    [
        LawParameter.Factor("k"),
        LawParameter.Exponent("gamma", .1, .3, .5, .7, 1, 1.5, 2.5),
        LawParameter.Remainder("eps"),
    ];

    public override FitCriterion Criterion => FitCriterion.LeastSquares;

    public override IReadOnlyList<PublishedLaw> Published { get; } =
    [
        Fit("c4", 2.079, .756, .850),
        Fit("redpajama", 2.207, .715, .857),
        Fit("refinedweb", 2.215, .707, .865),
    ];

    protected override double[] Features(LawPoint point) => [point[LawVariable.Loss.Name]];

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double gain = Math.Exp(-parameters[1] * features[0]);
        gradient[0] = -gain;
        gradient[1] = parameters[0] * features[0] * gain;
        gradient[2] = 1;
        return parameters[2] - (parameters[0] * gain);
    }

    private static PublishedLaw Fit(string name, double k, double gamma, double eps) => new(
        name,
        new Dictionary<string, double> { ["k"] = k, ["gamma"] = gamma, ["eps"] = eps },
        "arXiv 2403.08540, 17 tasks, losses on C4's validation set");
}
