namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Hernandez et al. (arXiv 2102.01293): how much data of the target a pre-training is worth,
/// <c>D_T = k D_F^alpha N^beta</c>, in characters and parameters without embeddings. It holds in the low-data regime.
/// </summary>
public sealed class TransferLaw : PointwiseLaw
{
    /// <summary>The law holds while the fine-tuning data are at most this share of all that the model would need from scratch.</summary>
    private const double LowDataShare = .1;

    public override string Name => "transfer";

    public override string Form => "DT = k DF^alpha N^beta";

    public override string Protocol => "least squares on the log of the data transferred";

    public override string Source => "Hernandez et al., arXiv 2102.01293";

    public override IReadOnlyList<LawVariable> Variables { get; } =
    [
        new("DF", "fine-tuning data, characters") { MustVary = true, UsualColumns = ["d_f", "finetune", "fine_tuning"] },
        LawVariable.Parameters with { Meaning = "parameters without embeddings" },
    ];

    public override LawVariable Target { get; } = new("DT", "effective data transferred, characters") { UsualColumns = ["d_t", "transferred"] };

    public override IReadOnlyList<LawParameter> Parameters { get; } = [LawParameter.Factor("k"), LawParameter.Exponent("alpha", .2), LawParameter.Exponent("beta", .4)];

    public override FitCriterion Criterion => FitCriterion.LeastSquaresOfLog;

    public override IReadOnlyList<PublishedLaw> Published { get; } =
    [
        new("text-to-python", new Dictionary<string, double> { ["k"] = 1.9e4, ["alpha"] = .18, ["beta"] = .38 }, "arXiv 2102.01293, text to Python"),
        new("code-to-python", new Dictionary<string, double> { ["k"] = 2.1e5, ["alpha"] = .096, ["beta"] = .38 }, "arXiv 2102.01293, text and code to Python"),
    ];

    public override IEnumerable<string> Notes(LawData data, IReadOnlyDictionary<string, double> parameters)
    {
        double[] tuning = data.Numbers("DF");
        string[] beyond = [.. Enumerable.Range(0, data.Count).Where(row => tuning[row] > LowDataShare * (tuning[row] + data.Target[row])).Select(row => data.Rows[row])];
        if (beyond.Length > 0)
            yield return $"The law holds while DF is at most a tenth of DF + DT; it is more in {beyond.Length} of {data.Count} rows: {string.Join(", ", beyond.Take(5))}{(beyond.Length > 5 ? ", ..." : "")}.";
    }

    protected override double[] Features(LawPoint point) => [Math.Log(point["DF"]), Math.Log(point["N"])];

    protected override double Value(ReadOnlySpan<double> features, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double unit = Math.Exp((parameters[1] * features[0]) + (parameters[2] * features[1]));
        double value = parameters[0] * unit;
        gradient[0] = unit;
        gradient[1] = features[0] * value;
        gradient[2] = features[1] * value;
        return value;
    }
}
