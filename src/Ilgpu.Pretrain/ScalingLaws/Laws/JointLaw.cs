using System.Globalization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// 'Pre-training under infinite compute' (arXiv 2509.14786): the loss of infinitely many members of infinitely large models.
/// A power law in K for every size gives its asymptote; one in N through the asymptotes gives the limit; with several
/// amounts of data, one in D through the limits.
/// </summary>
public sealed class JointLaw : ScalingLaw
{
    /// <summary>What reports look for among a saved fit's findings.</summary>
    internal const string LawName = "joint", AsymptoteInMembers = "asymptote in K", Limit = "limit of K and N";

    private const string Remainder = "E";

    private static readonly LawVariable Members = LawVariable.Members with { IsOptional = true };
    private static readonly LawVariable Tokens = LawVariable.Tokens with { IsOptional = true, MustVary = false };

    public override string Name => LawName;

    public override string Form => "A / K^alpha + E_N for each N, then E_N = A / N^alpha + E; with several D, then E_D = A / D^alpha + E";

    public override string Protocol => "least squares on the loss, stage by stage; without --k the losses are taken for the asymptotes in K. Parameters are the last stage's, the objective is the sum over all stages";

    public override string Source => "arXiv 2509.14786";

    public override IReadOnlyList<LawVariable> Variables { get; } = [LawVariable.Parameters, Members, Tokens];

    public override LawEstimate Estimate(LawData data, FitOptions options, LawEstimate? near, CancellationToken cancellation)
    {
        double[] fitted = new double[data.Count];
        var findings = new List<LawFinding>();
        var warnings = new List<string>();
        double[] tokens = data.Has(Tokens.Name) ? data.Numbers(Tokens.Name) : new double[data.Count];
        bool hasMembers = data.Has(Members.Name);
        double objective = 0;
        int parameters = 0;
        var limits = new List<(double Tokens, LawEstimate Law)>();
        foreach (IGrouping<double, int> ofData in Enumerable.Range(0, data.Count).GroupBy(row => tokens[row]).OrderBy(group => group.Key))
        {
            Dictionary<string, string> at = data.Has(Tokens.Name) ? new() { [Tokens.Name] = Text(ofData.Key) } : [];
            string where = at.Count == 0 ? "" : $" at D = {at[Tokens.Name]}";
            var asymptotes = new List<(double Size, double Loss)>();
            foreach (IGrouping<double, int> ofSize in ofData.GroupBy(row => data.Numbers("N")[row]).OrderBy(group => group.Key))
            {
                int[] rows = [.. ofSize];
                if (!hasMembers)
                {
                    asymptotes.AddRange(rows.Select(row => (ofSize.Key, data.Target[row])));
                    continue;
                }

                LawEstimate inMembers = Fit(Members, data.Select(rows), $"N = {Text(ofSize.Key)}{where}");
                for (int i = 0; i < rows.Length; i++)
                    fitted[rows[i]] = inMembers.Fitted[i];
                asymptotes.Add((ofSize.Key, inMembers.Parameters[Remainder]));
                findings.Add(new LawFinding(AsymptoteInMembers, new Dictionary<string, string>(at) { ["N"] = Text(ofSize.Key) }, inMembers.Parameters[Remainder]));
            }

            var sizes = new LawData(
                [.. asymptotes.Select(each => $"N = {Text(each.Size)}")],
                [.. asymptotes.Select(each => each.Loss)],
                new Dictionary<string, double[]> { ["N"] = [.. asymptotes.Select(each => each.Size)] });
            LawEstimate inSize = Fit(LawVariable.Parameters, sizes, $"the asymptotes{where}");
            if (!hasMembers)
            {
                int i = 0;
                foreach (int row in ofData.OrderBy(row => data.Numbers("N")[row]))
                    fitted[row] = inSize.Fitted[i++];
            }

            limits.Add((ofData.Key, inSize));
            findings.Add(new LawFinding(Limit, at, inSize.Parameters[Remainder]));
        }

        LawEstimate last = limits[^1].Law;
        int rowParameters = parameters;
        if (limits.Count >= 3)
        {
            var amounts = new LawData(
                [.. limits.Select(limit => $"D = {Text(limit.Tokens)}")],
                [.. limits.Select(limit => limit.Law.Parameters[Remainder])],
                new Dictionary<string, double[]> { ["D"] = [.. limits.Select(limit => limit.Tokens)] });
            last = Fit(LawVariable.Tokens, amounts, "the limits");
        }
        else if (limits.Count == 2)
        {
            warnings.Add("Two amounts of data are too few for a law in D: the parameters are those of the larger one.");
        }

        return new LawEstimate
        {
            Parameters = last.Parameters,
            Fitted = fitted,
            Objective = objective,
            Criterion = last.Criterion,
            FittedParameters = rowParameters,
            Findings = findings,
            Minima = last.Minima,
            Starts = last.Starts,
            Warnings = warnings,
        };

        LawEstimate Fit(LawVariable over, LawData rows, string what)
        {
            LawEstimate stage;
            try
            {
                stage = new PowerLaw(over).Estimate(rows, options with { Threads = 1 }, near: null, cancellation);
            }
            catch (InputException e)
            {
                throw new InputException($"In {over.Name}, for {what}: {e.Message}", e);
            }

            objective += stage.Objective;
            // Later stages are fitted to what this one leaves, not to rows.
            if (over == Members || (!hasMembers && over == LawVariable.Parameters))
                parameters += stage.FittedParameters;
            warnings.AddRange(stage.Warnings.Select(warning => $"In {over.Name}, for {what}: {warning}"));
            return stage;
        }
    }

    public override double Predict(IReadOnlyDictionary<string, double> parameters, LawPoint at)
    {
        LawVariable over = at.Has("D") ? LawVariable.Tokens : LawVariable.Parameters;
        return new PowerLaw(over).Predict(parameters, at);
    }

    private static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
