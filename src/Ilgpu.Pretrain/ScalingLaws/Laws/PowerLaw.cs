namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// <c>L = A / x^alpha + E</c> in parameters, members or tokens: how 'Pre-training under infinite compute' (arXiv
/// 2509.14786) finds its asymptotes. All three are not negative; plain least squares.
/// </summary>
/// <param name="over">What is scaled.</param>
public sealed class PowerLaw(LawVariable over) : PointwiseLaw
{
    public static readonly LawVariable Anything = new("x", "what is scaled; parameters are named by --n, members by --k, tokens by --d instead") { MustVary = true, Helps = true };

    private static readonly LawVariable[] Choices = [Anything, LawVariable.Parameters, LawVariable.Members, LawVariable.Tokens];

    public override string Name => "power";

    public override string Form => "A / x^alpha + E";

    public override string Protocol => "least squares on the loss, A, alpha and E not negative; x is the one of --x, --n, --k, --d that is given";

    public override string Source => "arXiv 2509.14786";

    public override IReadOnlyList<LawVariable> Variables { get; } = [over];

    public override IReadOnlyList<LawParameter> Parameters { get; } =
    [
        LawParameter.Factor("A"),
        LawParameter.Exponent("alpha", .05, .1, .2, .3, .45, .7, 1, 1.5, 2.5),
        LawParameter.Remainder("E"),
    ];

    public override FitCriterion Criterion => FitCriterion.LeastSquares;

    public override IReadOnlyList<PublishedLaw> Published =>
    [
        new("regularised-209m", new Dictionary<string, double> { ["A"] = .05, ["alpha"] = 1.02, ["E"] = 3.43 }, "arXiv 2509.14786: regularised recipe, 209M tokens, x in billions of parameters",
            new PublishedCheck(new Dictionary<string, double> { [over.Name] = 1.5 }, 3.46306, 1e-5)),
        new("ensemble-209m", new Dictionary<string, double> { ["A"] = .25, ["alpha"] = 1.02, ["E"] = 3.34 }, "arXiv 2509.14786: ensembles of 300M models tuned alone, 209M tokens, x in members",
            new PublishedCheck(new Dictionary<string, double> { [over.Name] = 1 }, 3.59, 1e-12)),
    ];

    /// <summary>The law over the one of x, N, K and D that is given.</summary>
    public override ScalingLaw Over(IReadOnlyCollection<string> given) => new PowerLaw(LawVariable.TheOneOf(Choices, given, Name, over));

    /// <summary>The x at which a power law has a value; infinite at or below its remainder.</summary>
    public static double Invert(IReadOnlyDictionary<string, double> parameters, double value)
    {
        double above = value - parameters["E"];
        return above > 0 ? Math.Pow(parameters["A"] / above, 1 / parameters["alpha"]) : double.PositiveInfinity;
    }

    protected override double[] Features(LawPoint point) => [Math.Log(point[over.Name])];

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double power = Math.Exp(-parameters[1] * features[0]);
        double term = parameters[0] * power;
        gradient[0] = power;
        gradient[1] = -features[0] * term;
        gradient[2] = 1;
        return term + parameters[2];
    }
}
