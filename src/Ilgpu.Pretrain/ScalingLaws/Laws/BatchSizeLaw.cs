namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>MiniCPM (arXiv 2404.06395): the best batch in tokens for a loss, <c>batch = b / loss^p</c>.</summary>
public sealed class BatchSizeLaw : PointwiseLaw
{
    public override string Name => "batch-size";

    public override string Form => "batch = b / loss^p";

    public override string Protocol => "least squares on the log of the batch";

    public override string Source => "MiniCPM, arXiv 2404.06395";

    public override IReadOnlyList<LawVariable> Variables { get; } = [LawVariable.Loss with { MustVary = true }];

    public override LawVariable Target { get; } = new("batch", "the best batch, tokens") { UsualColumns = ["batch", "batch_size", "batch_tokens"] };

    public override IReadOnlyList<LawParameter> Parameters { get; } = [LawParameter.Factor("b"), LawParameter.Exponent("p", 6)];

    public override FitCriterion Criterion => FitCriterion.LeastSquaresOfLog;

    public override IReadOnlyList<PublishedLaw> Published { get; } =
    [
        new(
            "minicpm",
            new Dictionary<string, double> { ["b"] = 1.2110e9, ["p"] = 6.2393 },
            "arXiv 2404.06395, losses on C4",
            new PublishedCheck(new Dictionary<string, double> { ["loss"] = 2.5 }, 3.98e6, .005e6)),
    ];

    protected override double[] Features(LawPoint point) => [Math.Log(point[LawVariable.Loss.Name])];

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double power = Math.Exp(-parameters[1] * features[0]);
        gradient[0] = power;
        gradient[1] = -features[0] * parameters[0] * power;
        return parameters[0] * power;
    }
}
