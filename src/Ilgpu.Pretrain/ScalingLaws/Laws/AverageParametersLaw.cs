namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Journey Matters (arXiv 2501.12486): a model that is pruned while it trains follows Chinchilla's law with the mean of its
/// parameters over the training tokens. A dense run's mean is its N: the law is then Chinchilla's.
/// </summary>
public sealed class AverageParametersLaw : PointwiseLaw
{
    /// <summary>Close to the best by the source: pruned from a quarter to three quarters of the compute.</summary>
    private const double UsualBegin = .25;
    private const double UsualEnd = .75;

    private readonly ChinchillaLaw dense = new();

    public override string Name => "average-parameters";

    public override string Form => "E + A / mean(N)^alpha + B / D^beta";

    public override string Protocol => $"as chinchilla, N averaged over the tokens; N falls to --n-final in a straight line between --prune-from and --prune-to of the compute ({UsualBegin} and {UsualEnd})";

    public override string Source => "Jin et al., 'The Journey Matters', arXiv 2501.12486";

    public override IReadOnlyList<LawVariable> Variables { get; } =
    [
        LawVariable.Parameters with { Meaning = "parameters at the start, or their mean", PreferredColumns = ["n_average"] },
        LawVariable.Tokens,
        new("N-final", "parameters at the end") { IsOptional = true, UsualColumns = ["n_final"] },
        new("prune-from", "share of the compute at which pruning begins") { IsOptional = true, TakesZero = true, UsualColumns = ["prune_from"] },
        new("prune-to", "share of the compute at which pruning ends") { IsOptional = true, UsualColumns = ["prune_to"] },
    ];

    public override IReadOnlyList<LawParameter> Parameters => dense.Parameters;

    public override FitCriterion Criterion => dense.Criterion;

    /// <summary>
    /// The mean over the tokens of a parameter count that stays, falls in a straight line over the tokens, and stays again.
    /// </summary>
    /// <param name="first">Parameters at the start.</param>
    /// <param name="last">Parameters at the end.</param>
    /// <param name="begin">Share of the compute (parameters x tokens) at which pruning begins.</param>
    /// <param name="end">Share at which it ends.</param>
    public static double Mean(double first, double last, double begin = UsualBegin, double end = UsualEnd)
    {
        if (!(begin >= 0 && end >= begin && end <= 1))
            throw new InputException(FormattableString.Invariant($"A model was said to be pruned from {begin} to {end} of the compute; it takes 0 <= from <= to <= 1."));
        // With tokens and so compute counted from 0 to 1 and T = the mean: begin T tokens' worth at first, (1 - end) T at
        // last, and the rest at the middle of both.
        double middle = (first + last) / 2;
        return middle / (end - begin + (middle * ((begin / first) + ((1 - end) / last))));
    }

    public override IReadOnlyList<LawFinding> Derive(IReadOnlyDictionary<string, double> parameters) => dense.Derive(parameters);

    protected override double[] Features(LawPoint point)
    {
        double mean = point.Has("N-final")
            ? Mean(point["N"], point["N-final"], point.Has("prune-from") ? point["prune-from"] : UsualBegin, point.Has("prune-to") ? point["prune-to"] : UsualEnd)
            : point["N"];
        return [Math.Log(mean), Math.Log(point["D"])];
    }

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient) =>
        ChinchillaLaw.ValueAt(features, parameters, gradient);
}
