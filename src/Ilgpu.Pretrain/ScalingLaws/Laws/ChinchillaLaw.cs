namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// <c>L = E + A / N^alpha + B / D^beta</c>, the third approach of Hoffmann et al. (arXiv 2203.15556, section 3.3): Huber's
/// cost on the residual of the logarithm, from many starts.
/// </summary>
public sealed class ChinchillaLaw : PointwiseLaw
{
    public override string Name => "chinchilla";

    public override string Form => "E + A / N^alpha + B / D^beta";

    public override string Protocol => "Huber (delta 1e-3, --delta) on the log of the loss, from 49 starts; the objective is the plain sum";

    public override string Source => "Hoffmann et al., arXiv 2203.15556";

    public override IReadOnlyList<LawVariable> Variables { get; } = [LawVariable.Parameters, LawVariable.Tokens];

    public override IReadOnlyList<LawParameter> Parameters { get; } =
    [
        LawParameter.Factor("A"),
        LawParameter.Factor("B"),
        LawParameter.Remainder("E"),
        LawParameter.Exponent("alpha", .08, .15, .25, .35, .5, .75, 1.2),
        LawParameter.Exponent("beta", .08, .15, .25, .35, .5, .75, 1.2),
    ];

    public override FitCriterion Criterion { get; } = FitCriterion.HuberOfLog(1e-3);

    public override IReadOnlyList<PublishedLaw> Published { get; } =
    [
        new("hoffmann", new Dictionary<string, double> { ["A"] = 406.4, ["B"] = 410.7, ["E"] = 1.69, ["alpha"] = .34, ["beta"] = .28 }, "arXiv 2203.15556"),
        new("besiroglu", new Dictionary<string, double> { ["A"] = 482.01, ["B"] = 2085.43, ["E"] = 1.8172, ["alpha"] = .3478, ["beta"] = .3658 }, "arXiv 2404.10102, from points read off Hoffmann's figure 4"),
    ];

    /// <summary>How the best N and D grow with compute 6 N D: N ~ C^a with a = beta / (alpha + beta), D ~ C^(1 - a).</summary>
    public override IReadOnlyList<LawFinding> Derive(IReadOnlyDictionary<string, double> parameters)
    {
        double share = parameters["beta"] / (parameters["alpha"] + parameters["beta"]);
        return
        [
            new LawFinding("exponent of the best N in compute", new Dictionary<string, string>(), share),
            new LawFinding("exponent of the best D in compute", new Dictionary<string, string>(), 1 - share),
        ];
    }

    protected override double[] Features(LawPoint point) => [Math.Log(point["N"]), Math.Log(point["D"])];

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient) =>
        ValueAt(features, parameters, gradient);

    /// <summary>The formula at (ln N, ln D).</summary>
    internal static double ValueAt(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double size = Math.Exp(-parameters[3] * features[0]);
        double tokens = Math.Exp(-parameters[4] * features[1]);
        double sizeTerm = parameters[0] * size;
        double tokensTerm = parameters[1] * tokens;
        gradient[0] = size;
        gradient[1] = tokens;
        gradient[2] = 1;
        gradient[3] = -features[0] * sizeTerm;
        gradient[4] = -features[1] * tokensTerm;
        return parameters[2] + sizeTerm + tokensTerm;
    }
}
