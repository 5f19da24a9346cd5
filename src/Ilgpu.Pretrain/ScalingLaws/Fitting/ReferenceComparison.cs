using System.Globalization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Others' losses on the scale of a reference's law over D: the parts that such comparisons share.</summary>
internal sealed class ReferenceComparison
{
    private const int FewestPoints = 3;

    /// <summary>A D beyond so many times the reference's largest leaves the data far behind.</summary>
    private const double Far = 10;

    private readonly LawData data;
    private readonly FitOptions options;
    private readonly CancellationToken cancellation;
    private readonly string[] groups;
    private readonly double[] fitted;
    private readonly List<int> fittedRows = [];
    private readonly List<LawFinding> findings = [];
    private readonly List<string> warnings = [];
    private FitCriterion criterion = FitCriterion.LeastSquares;
    private double objective;
    private int parameterCount;
    private double largestReference;

    /// <exception cref="InputException">The reference is not among the groups: says which there are.</exception>
    public ReferenceComparison(LawData data, FitOptions options, LawVariable group, string usualReference, CancellationToken cancellation)
    {
        this.data = data;
        this.options = options with { Threads = 1 };
        this.cancellation = cancellation;
        groups = data.Words(group.Name);
        fitted = [.. data.Target];
        string wanted = options.Reference ?? usualReference;
        Reference = groups.FirstOrDefault(name => string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase))
            ?? throw new InputException($"--reference {(options.Reference is null ? "is" : "was given")} '{wanted}'; the {group.Name} column has: {string.Join(", ", groups.Distinct().Order(StringComparer.Ordinal))}.");
    }

    public string Reference { get; }

    public Dictionary<string, double> Parameters { get; } = [];

    public bool IsReference(int row) => groups[row] == Reference;

    /// <summary>The reference's law over D in some rows; null where it has too few of them.</summary>
    /// <param name="rows">The others' may be among them.</param>
    /// <param name="name">What they have in common, or empty.</param>
    public LawEstimate? FitReference(int[] rows, string name)
    {
        int[] own = [.. rows.Where(IsReference)];
        largestReference = own.Length > 0 ? own.Max(row => data.Numbers("D")[row]) : double.NaN;
        return Fit(own, $"{Reference}{(name.Length > 0 ? $", {name}" : "")}");
    }

    /// <summary>The law over D of rows; null where they are too few.</summary>
    public LawEstimate? Fit(int[] rows, string what)
    {
        if (rows.Select(row => data.Numbers("D")[row]).Distinct().Count() < FewestPoints)
        {
            warnings.Add($"There {(rows.Length == 1 ? "is 1 row" : $"are {rows.Length} rows")} of {what}: a law over D needs {FewestPoints} amounts of data.");
            return null;
        }

        LawEstimate law = new PowerLaw(LawVariable.Tokens).Estimate(data.Select(rows), options, near: null, cancellation);
        for (int i = 0; i < rows.Length; i++)
            fitted[rows[i]] = law.Fitted[i];
        fittedRows.AddRange(rows);
        criterion = law.Criterion;
        objective += law.Objective;
        parameterCount += law.FittedParameters;
        warnings.AddRange(law.Warnings.Select(warning => $"{what}: {warning}"));
        return law;
    }

    /// <summary>How many times D the reference would need for a loss.</summary>
    public void AddFactor(string what, Dictionary<string, string> at, LawEstimate reference, double loss, double tokens)
    {
        double needed = PowerLaw.Invert(reference.Parameters, loss);
        at = new Dictionary<string, string>(at) { ["D"] = tokens.ToString("G6", CultureInfo.InvariantCulture) };
        findings.Add(new LawFinding(what, at, needed / tokens));
        string where = string.Join(", ", at.Select(pair => $"{pair.Key} {pair.Value}"));
        if (double.IsInfinity(needed))
            warnings.Add($"No amount of data brings {Reference} to the loss of {where}: it lies below what its law leaves at infinity.");
        else if (needed > Far * largestReference)
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"The {what} of {where} leaves the data far behind: {Reference} was run on {largestReference:G4}, and {needed:G4} is asked of its law."));
    }

    public LawEstimate ToEstimate() => new()
    {
        Parameters = Parameters.Count > 0 ? Parameters : throw new InputException($"No law can be fitted: {warnings.FirstOrDefault()}"),
        Fitted = fitted,
        FittedRows = fittedRows,
        Objective = objective,
        Criterion = criterion,
        FittedParameters = parameterCount,
        Findings = findings,
        Warnings = warnings,
    };
}
