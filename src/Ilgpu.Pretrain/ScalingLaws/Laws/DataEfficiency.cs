namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// 'Pre-training under infinite compute' (arXiv 2509.14786): how many times the data the reference recipe would need for
/// another's loss. Of each recipe the best loss at every D and <c>L(D) = A / D^alpha + E</c> through them; the efficiency
/// at D is D' / D, where the reference's law at D' is the recipe's loss at D.
/// </summary>
public sealed class DataEfficiency : ScalingLaw
{
    private const string UsualReference = "standard";

    private static readonly LawVariable Recipe = new("recipe", "which recipe") { IsWord = true, UsualColumns = ["recipe"] };

    public override string Name => "data-efficiency";

    public override string Form => "A / D^alpha + E of each recipe; efficiency at D = D'/D, the reference's law at D' being the recipe's loss at D";

    public override string Protocol => $"least squares on the lowest loss at each D; the reference is --reference ({UsualReference}). 'measured' takes the recipe's loss as it is, 'by the laws' that of its own law. --predict D=... gives the latter where there is one other recipe";

    public override string Source => "arXiv 2509.14786";

    public override IReadOnlyList<LawVariable> Variables { get; } = [Recipe, LawVariable.Tokens];

    /// <summary>The lowest loss of each recipe at each D.</summary>
    public override LawData Prepare(LawData data) =>
        data.Select([.. Enumerable.Range(0, data.Count).GroupBy(row => (data.Words(Recipe.Name)[row], data.Numbers("D")[row])).Select(group => group.MinBy(row => data.Target[row]))]);

    public override LawEstimate Estimate(LawData data, FitOptions options, LawEstimate? near, CancellationToken cancellation)
    {
        var comparison = new ReferenceComparison(data, options, Recipe, UsualReference, cancellation);
        string[] recipes = data.Words(Recipe.Name);
        double[] tokens = data.Numbers("D");
        int[] all = [.. Enumerable.Range(0, data.Count)];
        int[] ofReference = [.. all.Where(comparison.IsReference)];
        LawEstimate reference = comparison.FitReference(ofReference, "")
            ?? throw new InputException($"The recipe {comparison.Reference} has {ofReference.Length} amounts of data; its law needs 3.");
        NameParameters(comparison, reference, comparison.Reference);
        foreach (IGrouping<string, int> recipe in all.Where(row => !comparison.IsReference(row)).GroupBy(row => recipes[row]).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            int[] rows = [.. recipe.OrderBy(row => tokens[row])];
            LawEstimate? own = comparison.Fit(rows, $"the recipe {recipe.Key}");
            if (own is not null)
                NameParameters(comparison, own, recipe.Key);
            foreach (int row in rows)
            {
                var at = new Dictionary<string, string> { [Recipe.Name] = recipe.Key };
                comparison.AddFactor("data efficiency, measured", at, reference, data.Target[row], tokens[row]);
                if (own is not null)
                    comparison.AddFactor("data efficiency, by the laws", at, reference, ValueAt(own.Parameters, "", tokens[row]), tokens[row]);
            }
        }

        return comparison.ToEstimate();
    }

    /// <summary>The efficiency by the laws at D, where there is one recipe beside the reference.</summary>
    public override double Predict(IReadOnlyDictionary<string, double> parameters, LawPoint at)
    {
        string[] recipes = [.. parameters.Keys.Where(key => key.StartsWith("E[", StringComparison.Ordinal)).Select(key => key[1..])];
        if (recipes.Length != 2)
            throw new InputException($"--predict goes with a reference and one other recipe that have laws; there are {recipes.Length} laws.");
        double tokens = at["D"];
        double loss = ValueAt(parameters, recipes[1], tokens);
        return PowerLaw.Invert(new Dictionary<string, double> { ["A"] = parameters["A" + recipes[0]], ["alpha"] = parameters["alpha" + recipes[0]], ["E"] = parameters["E" + recipes[0]] }, loss) / tokens;
    }

    private static double ValueAt(IReadOnlyDictionary<string, double> parameters, string suffix, double tokens) =>
        (parameters["A" + suffix] * Math.Pow(tokens, -parameters["alpha" + suffix])) + parameters["E" + suffix];

    private static void NameParameters(ReferenceComparison comparison, LawEstimate law, string recipe)
    {
        foreach ((string name, double value) in law.Parameters)
            comparison.Parameters[$"{name}[{recipe}]"] = value;
    }
}
