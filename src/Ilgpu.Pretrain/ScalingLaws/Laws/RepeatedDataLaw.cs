namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Muennighoff et al. (arXiv 2305.16264): tokens that are seen again count for less and less, and so do parameters beyond
/// what the unique tokens U are good for. <c>L = E + A / N'^alpha + B / D'^beta</c> with
/// <c>D' = U + U R_D (1 - exp(-r_D / R_D))</c>, <c>r_D = max(D / U - 1, 0)</c> and the same in N of
/// <c>U_N = min(N, (U G)^(beta / alpha) G)</c>, <c>G = (alpha A / (beta B))^(1 / (alpha + beta))</c>, R_N.
/// </summary>
/// <remarks>
/// The source fits A, B, E, alpha = beta to runs of one epoch and then R_D and R_N alone; so does a fit here, unless
/// the others are freed. The surface has two minima on the source's own table: both are reported.
/// </remarks>
public sealed class RepeatedDataLaw : PointwiseLaw
{
    private const int A = 0, B = 1, E = 2, Alpha = 3, Beta = 4, TokenDecay = 5, SizeDecay = 6;

    private static readonly IReadOnlyDictionary<string, double> OfMuennighoff = new Dictionary<string, double>
    {
        ["A"] = Math.Exp(6.255414),
        ["B"] = Math.Exp(7.3049974),
        ["E"] = Math.Exp(.6254804),
        ["alpha"] = .3526596,
        ["beta"] = .3526596,
        ["R_D"] = 15.387756,
        ["R_N"] = 5.309743,
    };

    public override string Name => "repeated";

    public override string Form => "E + A / N'^alpha + B / D'^beta, D' = U + U R_D (1 - exp(-(D/U - 1) / R_D)), N' the same beyond the best N for U, with R_N";

    public override string Protocol => "Huber (delta 1e-3) on the log of the loss; R_D and R_N are fitted, the others held at the source's values unless --fix or --free says otherwise";

    public override string Source => "Muennighoff et al., arXiv 2305.16264";

    public override IReadOnlyList<LawVariable> Variables { get; } =
    [
        LawVariable.Parameters with { MustVary = false },
        LawVariable.Tokens with { Meaning = "training tokens, those of every epoch counted" },
        new("U", "unique training tokens") { UsualColumns = ["u", "unique", "unique_tokens", "u_unique_tokens"] },
    ];

    public override IReadOnlyList<LawParameter> Parameters { get; } =
    [
        LawParameter.Factor("A") with { Held = OfMuennighoff["A"] },
        LawParameter.Factor("B") with { Held = OfMuennighoff["B"] },
        LawParameter.Remainder("E") with { Held = OfMuennighoff["E"] },
        LawParameter.Exponent("alpha", .2, .35, .5) with { Held = OfMuennighoff["alpha"] },
        LawParameter.Exponent("beta", .2, .35, .5) with { Held = OfMuennighoff["beta"] },
        Decay("R_D", 2, 5, 15, 40, 100),
        Decay("R_N", 1, 2, 5, 15, 50),
    ];

    public override FitCriterion Criterion { get; } = FitCriterion.HuberOfLog(1e-3);

    public override IReadOnlyList<PublishedLaw> Published { get; } =
    [
        new(
            "muennighoff",
            OfMuennighoff,
            "arXiv 2305.16264, C4",
            Check(6.34e9, 242e9, 25e9, 2.2256440889984477),
            Check(8.67e9, 178e9, 25e9, 2.2269634075087867)),
    ];

    public override IEnumerable<string> Notes(LawData data, IReadOnlyDictionary<string, double> parameters)
    {
        if (Parameters.Take(TokenDecay).All(parameter => parameters[parameter.Name] == parameter.Held))
            yield return "A, B, E, alpha and beta are held at the source's values, of its corpus and tokenizer: --fix gives others, --free A,B,E,alpha,beta fits them.";
    }

    protected override double[] Features(LawPoint point) => [point["N"], point["D"], point["U"]];

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double n = features[0], d = features[1], u = features[2];
        double alpha = parameters[Alpha], beta = parameters[Beta];
        double sum = alpha + beta;
        double logG = Math.Log(alpha * parameters[A] / (beta * parameters[B])) / sum;
        double logBest = ((Math.Log(u) + logG) * beta / alpha) + logG;
        double best = Math.Exp(logBest);
        bool isBeyond = n > best;
        double unique = isBeyond ? best : n;
        (double size, double sizeByUnique, double sizeByDecay) = Effective(n, unique, parameters[SizeDecay]);
        double seen = Math.Min(d, u);
        (double tokens, _, double tokensByDecay) = Effective(d, seen, parameters[TokenDecay]);
        double sizePower = Math.Pow(size, -alpha), tokensPower = Math.Pow(tokens, -beta);
        double sizeTerm = parameters[A] * sizePower, tokensTerm = parameters[B] * tokensPower;
        double bySize = -alpha * sizeTerm / size;

        gradient[A] = sizePower;
        gradient[B] = tokensPower;
        gradient[E] = 1;
        gradient[Alpha] = -Math.Log(size) * sizeTerm;
        gradient[Beta] = -Math.Log(tokens) * tokensTerm;
        gradient[TokenDecay] = -beta * tokensTerm / tokens * tokensByDecay;
        gradient[SizeDecay] = bySize * sizeByDecay;
        if (isBeyond)
        {
            // The best N depends on A, B, alpha and beta too.
            double ratio = beta / alpha;
            double byUnique = bySize * sizeByUnique * best;
            double byLogG = byUnique * (1 + ratio);
            gradient[A] += byLogG / (sum * parameters[A]);
            gradient[B] -= byLogG / (sum * parameters[B]);
            double logUG = Math.Log(u) + logG;
            gradient[Alpha] += (byLogG * ((1 / (alpha * sum)) - (logG / sum))) - (byUnique * logUG * ratio / alpha);
            gradient[Beta] += (byLogG * ((-1 / (beta * sum)) - (logG / sum))) + (byUnique * logUG / alpha);
        }

        return parameters[E] + sizeTerm + tokensTerm;
    }

    /// <summary>What an amount is worth of which only a part is unique, and its derivatives by that part and by the decay.</summary>
    private static (double Worth, double ByUnique, double ByDecay) Effective(double all, double unique, double decay)
    {
        double repeats = Math.Max((all / unique) - 1, 0);
        double left = Math.Exp(-repeats / decay);
        double gone = 1 - left;
        double byUnique = 1 + (decay * gone) - (left * all / unique);
        return (unique + (unique * decay * gone), byUnique, unique * (gone - (left * repeats / decay)));
    }

    private static LawParameter Decay(string name, params double[] starts) =>
        new(name) { Lower = 1e-3, Upper = 1e6, IsLogarithmic = true, Starts = starts };

    private static PublishedCheck Check(double n, double d, double u, double loss) =>
        new(new Dictionary<string, double> { ["N"] = n, ["D"] = d, ["U"] = u }, loss, 1e-12);
}
