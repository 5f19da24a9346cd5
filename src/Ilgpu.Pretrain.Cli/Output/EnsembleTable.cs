using System.Globalization;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Losses of every member and of the first K together, their law, and weights that were learned.</summary>
internal static class EnsembleTable
{
    public static void Write(TextWriter words, string folder, IReadOnlyList<EnsembleMember> members, EnsembleScores scores, LawFit? byLogits, LawFit? byProbabilities, EnsembleWeights? weights)
    {
        string mean = $"mean of {scores.Orders?.Count}";
        (string, bool)[] means = scores.Orders is null ? [] : [("logits, " + mean, true), ("probabilities, " + mean, true)];
        var table = new TextTable([("K", true), ("member", false), ("alone", true), ("logits", true), ("bits/byte", true), ("probabilities", true), ("bits/byte", true), .. means]);
        for (int k = 0; k < members.Count; k++)
        {
            table.Add(
            [
                $"{k + 1}",
                members[k].Id,
                Loss(scores.Members[k]),
                Loss(scores.LogitAverage[k]),
                Loss(scores.BitsPerByte(scores.LogitAverage[k])),
                Loss(scores.ProbabilityAverage[k]),
                Loss(scores.BitsPerByte(scores.ProbabilityAverage[k])),
                .. scores.Orders is { } orders ? new[] { Loss(orders.LogitAverage[k]), Loss(orders.ProbabilityAverage[k]) } : [],
            ]);
        }

        words.WriteLine("Validation losses in nats a token, of each member alone and of the first K together, averaged by logits and by probabilities:");
        table.Write(words);
        if (scores.Orders is not null)
            words.WriteLine($"'{mean}' is over orders of the members, rotations of the one above: over as many sets of K.");
        WriteLaw(words, byLogits, byProbabilities, members.Count, scores.Orders?.Count ?? 1);
        if (weights is not null)
            WriteWeights(words, members, weights);
        words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scores.Tokens:N0} tokens, members {scores.Residency.ToString().ToLowerInvariant()}, {Units.Duration(TimeSpan.FromSeconds(scores.Seconds))}; {folder}"));
    }

    private static void WriteLaw(TextWriter words, LawFit? byLogits, LawFit? byProbabilities, int members, int orders)
    {
        const string law = $"L(K) = {EnsembleLaw.Form}";
        if (byLogits is null || byProbabilities is null)
        {
            words.WriteLine($"{law} takes {EnsembleLaw.FewestMembers} members to fit; there {(members == 1 ? "is 1" : $"are {members}")}.");
            return;
        }

        words.WriteLine($"{law}, fitted to {byLogits.Points} points, {(orders == 1 ? "the first K of one order (--orders averages over more)" : $"means over {orders} orders")}; E is where ever more members lead:");
        string interval = string.Create(CultureInfo.InvariantCulture, $"{100 * FitOptions.UsualConfidence:0.##}% interval of E");
        var table = new TextTable(("averaged", false), ("A", true), ("alpha", true), ("E", true), (interval, false), ("R2", true));
        foreach ((string name, LawFit fit) in new[] { ("logits", byLogits), ("probabilities", byProbabilities) })
        {
            IReadOnlyDictionary<string, double> values = fit.Estimate.Parameters;
            string ends = fit.Intervals.TryGetValue("E", out Interval ofE) ? $"{Loss(ofE.Low)} to {Loss(ofE.High)}" : "-";
            table.Add(name, Loss(values["A"]), Loss(values["alpha"]), Loss(values["E"]), ends, Loss(fit.RSquared));
        }

        table.Write(words);
        foreach (string warning in byLogits.Warnings.Union(byProbabilities.Warnings))
            words.WriteLine($"Warning: {warning}");
    }

    private static void WriteWeights(TextWriter words, IReadOnlyList<EnsembleMember> members, EnsembleWeights weights)
    {
        words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Weights learned on the first {weights.FittedTokens:N0} tokens; losses on the {weights.Tokens:N0} others:"));
        var table = new TextTable(("weighted", false), ("equal", true), ("learned", true), ("weights", false));
        foreach ((string name, LearnedWeights learned) in new[] { ("logits", weights.Logits), ("probabilities", weights.Probabilities) })
            table.Add(name, Loss(learned.EqualLoss), Loss(learned.Loss), string.Join(", ", members.Zip(learned.Weights, (member, weight) => string.Create(CultureInfo.InvariantCulture, $"{member.Id} {weight:0.000}"))));
        table.Write(words);
    }

    private static string Loss(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
