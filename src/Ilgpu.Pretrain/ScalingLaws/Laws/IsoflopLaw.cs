using System.Globalization;
using MathNet.Numerics;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// The second approach of Hoffmann et al. (arXiv 2203.15556, section 3.2): at each compute budget a parabola of the loss in
/// ln N, whose lowest point is the best size; then <c>N = k_N C^a</c> and <c>D = k_D C^b</c> through the best ones.
/// </summary>
public sealed class IsoflopLaw : ScalingLaw
{
    /// <summary>Rows whose compute differs by less than this share are of one budget.</summary>
    private const double SameBudget = .1;

    private const int FewestSizes = 3;
    private const int FewestBudgets = 2;

    private static readonly LawVariable Compute = new("C", "compute of the run, FLOPs; 6 N D where it is not given")
    {
        IsOptional = true,
        UsualColumns = ["c", "flops", "compute"],
    };

    public override string Name => "isoflop";

    public override string Form => "c0 + c1 ln N + c2 (ln N)^2 at each C; best N = k_N C^a, best D = k_D C^b";

    public override string Protocol => "least squares at each stage; the objective is that of the parabolas. --predict C=... gives the best N";

    public override string Source => "Hoffmann et al., arXiv 2203.15556";

    public override IReadOnlyList<LawVariable> Variables { get; } =
        [LawVariable.Parameters with { Helps = false }, LawVariable.Tokens with { IsOptional = true, MustVary = false, Helps = false }, Compute];

    public override LawEstimate Estimate(LawData data, FitOptions options, LawEstimate? near, CancellationToken cancellation)
    {
        if (options.Criterion is not null || options.Delta is not null)
            throw new InputException($"--criterion and --delta do not go with the law {Name}: its parabolas are fitted by least squares.");
        double[] sizes = data.Numbers("N");
        double[] compute = ComputeOf(data);
        double[] fitted = [.. data.Target];
        var budgets = new List<(double Compute, double Best)>();
        var findings = new List<LawFinding>();
        var warnings = new List<string>();
        var used = new List<int>();
        foreach (int[] rows in Budgets(compute))
        {
            double budget = Math.Exp(rows.Average(row => Math.Log(compute[row])));
            string at = budget.ToString("G4", CultureInfo.InvariantCulture);
            if (rows.Select(row => sizes[row]).Distinct().Count() < FewestSizes)
            {
                warnings.Add($"The budget C = {at} has fewer than {FewestSizes} sizes and is left out.");
                continue;
            }

            used.AddRange(rows);
            double middle = rows.Average(row => Math.Log(sizes[row]));
            double[] logs = [.. rows.Select(row => Math.Log(sizes[row]) - middle)];
            double[] curve = Fit.Polynomial(logs, [.. rows.Select(row => data.Target[row])], 2);
            for (int i = 0; i < rows.Length; i++)
                fitted[rows[i]] = Polynomial.Evaluate(logs[i], curve);
            bool hasBest = curve[2] > 0;
            double vertex = hasBest ? -curve[1] / (2 * curve[2]) : double.NaN;
            double best = Math.Exp(middle + vertex);
            if (!hasBest)
                warnings.Add($"The losses at C = {at} have no lowest point: the budget is left out of the laws.");
            else if (vertex < logs.Min() || vertex > logs.Max())
                warnings.Add($"The best N at C = {at} lies outside the sizes that were run there.");
            if (hasBest)
                budgets.Add((budget, best));
            var where = new Dictionary<string, string> { [Compute.Name] = at };
            findings.Add(new LawFinding("best N", where, best));
            findings.Add(new LawFinding("best D", where, budget / (6 * best)));
            findings.Add(new LawFinding("lowest loss", where, hasBest ? Polynomial.Evaluate(vertex, curve) : double.NaN));
        }

        if (budgets.Count < FewestBudgets)
            throw new InputException($"The law {Name} needs {FewestBudgets} budgets or more with a lowest point among {FewestSizes} sizes or more; there {(budgets.Count == 1 ? "is 1" : $"are {budgets.Count}")}. {warnings.FirstOrDefault()}".TrimEnd());
        (double logFactor, double exponent) = Fit.Line([.. budgets.Select(each => Math.Log(each.Compute))], [.. budgets.Select(each => Math.Log(each.Best))]);
        return new LawEstimate
        {
            Parameters = new Dictionary<string, double>
            {
                ["k_N"] = Math.Exp(logFactor),
                ["a"] = exponent,
                ["k_D"] = 1 / (6 * Math.Exp(logFactor)),
                ["b"] = 1 - exponent,
            },
            Fitted = fitted,
            FittedRows = used,
            Objective = used.Sum(row => FitCriterion.LeastSquares.Cost(fitted[row] - data.Target[row])),
            Criterion = FitCriterion.LeastSquares,
            FittedParameters = FewestSizes * findings.Count / 3,
            Findings = findings,
            Warnings = warnings,
        };
    }

    /// <summary>The best number of parameters at a budget.</summary>
    public override double Predict(IReadOnlyDictionary<string, double> parameters, LawPoint at) =>
        parameters["k_N"] * Math.Pow(at[Compute.Name], parameters["a"]);

    private static double[] ComputeOf(LawData data)
    {
        if (data.Has(Compute.Name))
            return data.Numbers(Compute.Name);
        if (!data.Has("D"))
            throw new InputException("The law isoflop needs the compute of each row: name its column with --c, or that of the tokens with --d.");
        return [.. data.Numbers("N").Zip(data.Numbers("D"), (n, d) => 6 * n * d)];
    }

    private static IEnumerable<int[]> Budgets(double[] compute)
    {
        var budget = new List<int>();
        foreach (int row in Enumerable.Range(0, compute.Length).OrderBy(row => compute[row]))
        {
            if (budget.Count > 0 && compute[row] > compute[budget[0]] * (1 + SameBudget))
            {
                yield return [.. budget];
                budget.Clear();
            }

            budget.Add(row);
        }

        yield return [.. budget];
    }
}
