namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Fantastic Pretraining Optimizers (arXiv 2509.02046): how many times the data the reference optimizer would need for
/// another's loss. Per model size the reference's <c>L(D) = a D^-B + c</c>; then <c>((L - c) / a)^(-1 / B) / D</c>.
/// </summary>
public sealed class OptimizerSpeedUp : ScalingLaw
{
    private const string UsualReference = "adamw";

    private static readonly LawVariable Optimizer = new("optimizer", "which optimizer") { IsWord = true, UsualColumns = ["optimizer"] };
    private static readonly LawVariable Size = new("size", "which model; all are one without it") { IsWord = true, IsOptional = true, UsualColumns = ["size", "model_size", "model"] };

    public override string Name => "speedup";

    public override string Form => "a D^-B + c of the reference for each size; speed-up = ((loss - c) / a)^(-1/B) / D";

    public override string Protocol => $"least squares on the reference's losses (--reference, {UsualReference}); the objective is summed over the sizes";

    public override string Source => "Wen et al., 'Fantastic Pretraining Optimizers', arXiv 2509.02046";

    public override IReadOnlyList<LawVariable> Variables { get; } =
    [
        Optimizer,
        Size,
        LawVariable.Tokens with { Meaning = "training tokens, or multiples of some number of them", UsualColumns = ["d", "tokens", "chinchilla_multiple", "chinchilla"] },
    ];

    public override double DivergedAbove => 6;

    public override LawEstimate Estimate(LawData data, FitOptions options, LawEstimate? near, CancellationToken cancellation)
    {
        var comparison = new ReferenceComparison(data, options, Optimizer, UsualReference, cancellation);
        string[] sizes = data.Has(Size.Name) ? data.Words(Size.Name) : [.. Enumerable.Repeat("", data.Count)];
        double[] tokens = data.Numbers("D");
        foreach (IGrouping<string, int> ofSize in Enumerable.Range(0, data.Count).GroupBy(row => sizes[row]).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            string suffix = ofSize.Key.Length == 0 ? "" : $"[{ofSize.Key}]";
            if (comparison.FitReference([.. ofSize], ofSize.Key) is not { } reference)
                continue;
            comparison.Parameters["a" + suffix] = reference.Parameters["A"];
            comparison.Parameters["B" + suffix] = reference.Parameters["alpha"];
            comparison.Parameters["c" + suffix] = reference.Parameters["E"];
            foreach (int row in ofSize.Where(row => !comparison.IsReference(row)).OrderBy(row => data.Words(Optimizer.Name)[row], StringComparer.Ordinal).ThenBy(row => tokens[row]))
            {
                var at = new Dictionary<string, string> { [Optimizer.Name] = data.Words(Optimizer.Name)[row] };
                if (ofSize.Key.Length > 0)
                    at[Size.Name] = ofSize.Key;
                comparison.AddFactor("speed-up", at, reference, data.Target[row], tokens[row]);
            }
        }

        return comparison.ToEstimate();
    }

    public override double Predict(IReadOnlyDictionary<string, double> parameters, LawPoint at) =>
        throw new InputException($"The law {Name} compares runs that were made: it takes no --predict and no --hold-out.");
}
