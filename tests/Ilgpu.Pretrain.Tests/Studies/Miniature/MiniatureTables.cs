using System.Globalization;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>The tables of docs/results/miniature.md, worked out from the ledgers.</summary>
internal sealed class MiniatureTables(MiniatureLedger ledger, string[] sizes, (string Name, long Tokens)[] budgets)
{
    private static readonly string[] Kinds = ["ensemble", "half", "paper"];

    /// <summary>Whose laws the study fits.</summary>
    private static readonly string[] FittedKinds = ["ensemble", "half"];

    private static readonly double[] DecaysOfSecondDomain = [0, .1, 1.6];

    /// <summary>By the mark before each table in the text.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Documentation() => new Dictionary<string, IReadOnlyList<string>>
    {
        ["recipes"] = Recipes(),
        ["epochs"] = Epochs(),
        ["decay"] = Decay(),
        ["descents"] = Descents("tuned-mini-m-51k", "again-mini-m-51k", "members-mini-xs-51k"),
        ["ensembles"] = Ensembles(),
        ["laws"] = Laws(name => name.StartsWith("tuned-in-n", StringComparison.Ordinal) || name.Contains("limit", StringComparison.Ordinal)),
        ["limits"] = Limits(),
        ["efficiency"] = Efficiency(),
        ["students"] = Students("ensemble-mini-s-51k", "tuned-mini-s-51k", Names(name => name.Contains("student", StringComparison.Ordinal))),
        ["self"] = Students("tuned-mini-s-51k", "tuned-mini-s-51k", Names(name => name.Contains("self", StringComparison.Ordinal))),
        ["onward"] = Onward(),
        ["blimp"] = Blimp(),
        ["cost"] = Cost(),
    };

    /// <summary>The same of the smaller study.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Novels() => new Dictionary<string, IReadOnlyList<string>>
    {
        ["novels-recipes"] = Recipes(),
        ["novels-ensembles"] = Ensembles(),
        ["novels-laws"] = Laws(_ => true),
        ["novels-students"] = Students("half-mini-s", "tuned-mini-s", Names(name => name.Contains("student", StringComparison.Ordinal))),
        ["novels-cost"] = Cost(),
    };

    /// <summary>Four seeds of each optimum, and where it lies.</summary>
    private IReadOnlyList<string> Recipes() => Table(
        ["tokens", "model", "parameters a token", "standard", "its rate, epochs", "regularised", "its rate, epochs, decay", "gain"],
        [.. Points().Select(point =>
        {
            TuningResult standard = ledger.Tuning($"standard-{point.Label}"), tuned = ledger.Tuning($"tuned-{point.Label}");
            SeedNoise before = standard.Search.Certificate.Noise!, after = tuned.Search.Certificate.Noise!;
            double error = Math.Sqrt((Square(before.StandardDeviation) / before.Losses.Count) + (Square(after.StandardDeviation) / after.Losses.Count));
            return new[]
            {
                Count(point.Tokens), point.Size, Number((double)ledger.ParametersOf(tuned) / point.Tokens, 1), Noise(before), Place(standard.Search.Optimum, decay: false),
                Noise(after), Place(tuned.Search.Optimum, decay: true), $"{Loss(before.Mean - after.Mean)} ± {Loss(error)}",
            };
        })]);

    /// <summary>The standard recipe at its best learning rate over epochs: single runs.</summary>
    private IReadOnlyList<string> Epochs() => Table(
        ["tokens", "model", "2 epochs", "4 epochs", "8 epochs"],
        [.. Points().Select(point =>
        {
            TuningSearch search = ledger.Tuning($"standard-{point.Label}").Search;
            return new[] { Count(point.Tokens), point.Size, At(2), At(4), At(8) };
            string At(int epochs) => Loss(search.Tried.First(tried => tried.Repeat == 0 && tried.Point == search.Optimum with { Epochs = epochs }).Loss);
        })]);

    /// <summary>The regularised recipe around its best decay: single runs.</summary>
    private IReadOnlyList<string> Decay() => Table(
        ["tokens", "model", "best decay", "half of it", "the best", "twice of it", "times .1"],
        [.. Points().Select(point =>
        {
            TuningSearch search = ledger.Tuning($"tuned-{point.Label}").Search;
            CertificateNeighbor[] neighbors = [.. search.Certificate.Neighbors.Where(neighbor => neighbor.Direction == TuningDirection.WeightDecay)];
            return new[] { Count(point.Tokens), point.Size, Short(search.Optimum.WeightDecay), Loss(neighbors[0].Loss!.Value), Loss(search.Loss), Loss(neighbors[1].Loss!.Value), Short(search.Optimum.WeightDecay / .1) };
        })]);

    /// <summary>Where single tunings began and ended.</summary>
    private IReadOnlyList<string> Descents(params string[] names) => Table(
        ["tuning", "members", "from rate, epochs, decay", "to", "points tried", "validation loss"],
        [.. names.Select(ledger.Tuning).Zip(names, (tuning, name) => new[]
        {
            name, $"{tuning.Plan.Members}", Place(tuning.Search.Path[0], decay: true), Place(tuning.Search.Optimum, decay: true), $"{tuning.Search.Tried.Count(tried => tried.Repeat == 0)}", Loss(tuning.Search.Loss),
        })]);

    private IReadOnlyList<string> Ensembles() => Table(
        ["tokens", "model", "members", "epochs, decay", "alone", "K = 2", "K = 3", "K = 5", "probabilities, K = 5", "K → ∞"],
        [.. Points().SelectMany(point => Kinds.Where(kind => ledger.Has($"{kind}-{point.Label}")).Select(kind =>
        {
            EnsembleScores scores = ledger.Ensemble($"{kind}-{point.Label}");
            TrainingConfig member = ledger.MemberOf($"{kind}-{point.Label}");
            return new[]
            {
                Count(point.Tokens), point.Size, kind switch { "ensemble" => "as alone", "half" => "half the decay", _ => "the paper's" }, $"{member.Epochs}, {Short(member.WeightDecay)}", Loss(scores.Members.Average()),
                Loss(scores.LogitAverage[1]), Loss(scores.LogitAverage[2]), Loss(scores.LogitAverage[^1]), Loss(scores.ProbabilityAverage[^1]), InMembers(scores.LogitAverage) is > 0 and var asymptote ? Loss(asymptote) : "-",
            };
        }))]);

    /// <summary>As the study's fits have them.</summary>
    private IReadOnlyList<string> Laws(Func<string, bool> isAsked) => Table(
        ["fit", "points", "A", "alpha", "E", "R2"],
        [.. ledger.Fits.Where(line => isAsked(line.Name!)).Select(line => (line.Name!, line.Fit!)).Where(each => each.Item2["parameters"]!["alpha"] is not null).Select(each => new[]
        {
            each.Item1, $"{(int)each.Item2["points"]!}", Digits((double)each.Item2["parameters"]!["A"]!), Loss((double)each.Item2["parameters"]!["alpha"]!), Loss((double)each.Item2["parameters"]!["E"]!), Loss((double)each.Item2["r2"]!),
        })]);

    /// <summary>The lowest of each kind, and what the laws leave.</summary>
    private IReadOnlyList<string> Limits() => Table(
        ["tokens", "standard", "regularised", "its law, N → ∞", "as alone, K = 5", "K → ∞", "K, N → ∞", "half the decay, K = 5", "K → ∞", "K, N → ∞"],
        [.. budgets.Select(budget =>
        {
            (string Size, string Label, long)[] points = [.. Points().Where(point => point.Tokens == budget.Tokens)];
            double[] tuned = [.. points.Select(point => ledger.Tuning($"tuned-{point.Label}").Search.Certificate.Noise!.Mean)];
            double[] parameters = [.. points.Select(point => (double)ledger.ParametersOf(ledger.Tuning($"tuned-{point.Label}")))];
            return new[]
            {
                Count(budget.Tokens),
                Loss(points.Min(point => ledger.Tuning($"standard-{point.Label}").Search.Certificate.Noise!.Mean)),
                Loss(tuned.Min()),
                Loss(MiniatureLedger.Asymptote(LawVariable.Parameters, parameters, tuned)),
            }.Concat(FittedKinds.SelectMany(Led)).ToArray();

            IEnumerable<string> Led(string kind)
            {
                EnsembleScores[] scores = [.. points.Select(point => ledger.Ensemble($"{kind}-{point.Label}"))];
                double[] asymptotes = [.. scores.Select(each => InMembers(each.LogitAverage))];
                return [Loss(scores.Min(each => each.LogitAverage[^1])), Loss(asymptotes.Min()), Loss(MiniatureLedger.Asymptote(LawVariable.Parameters, parameters, asymptotes))];
            }
        })]);

    /// <summary>As the study's fit has it.</summary>
    private IReadOnlyList<string> Efficiency()
    {
        (string Recipe, long Tokens, double Value)[] found =
        [
            .. ledger.Fit("efficiency")["findings"]!.AsArray().Where(finding => (string)finding!["what"]! == "data efficiency, measured")
                .Select(finding => ((string)finding!["at"]!["recipe"]!, long.Parse((string)finding["at"]!["D"]!, NumberStyles.Float, CultureInfo.InvariantCulture), (double)finding["value"]!)),
        ];
        return Table(
            ["recipe", .. budgets.Select(budget => $"{Count(budget.Tokens)} tokens")],
            [.. found.GroupBy(each => each.Recipe).Select(recipe => new[] { recipe.Key }.Concat(budgets.Select(budget => recipe.FirstOrDefault(each => each.Tokens == budget.Tokens) is { Value: > 0 and var value } ? $"{Number(value, 2)}x" : "-")).ToArray())]);
    }

    /// <summary>Of the gain of the teachers over their best member how much a student keeps.</summary>
    private IReadOnlyList<string> Students(string teachers, string single, IEnumerable<string> names)
    {
        bool isEnsemble = ledger.Ensembles.Any(line => line.Name == teachers);
        SeedNoise alone = ledger.Tuning(single).Search.Certificate.Noise!;
        double together = isEnsemble ? ledger.Ensemble(teachers).LogitAverage[^1] : ledger.Tuning(teachers).Search.Loss;
        return Table(
            ["model", "taught", "parameters", "rate, epochs, decay", "validation loss", "against one tuned model", "of the teachers' gain"],
            [
                ["teachers", "", "", "", Loss(together), Signed(together - alone.Mean), ""],
                .. names.Select(name =>
                {
                    (TrainingConfig config, RunResult result) = (ledger.Run(name).Config!, ledger.Run(name).Result!);
                    return new[]
                    {
                        config.Model.Name, Taught(config), Count(result.Parameters), Place(new TuningPoint(config.LearningRate, config.Epochs, config.WeightDecay), decay: true), Loss(result.ValLoss),
                        Signed(result.ValLoss - alone.Mean), isEnsemble && together < alone.Mean ? Number((alone.Mean - result.ValLoss) / (alone.Mean - together), 2) : "",
                    };
                }),
            ]);
    }

    private IReadOnlyList<string> Onward()
    {
        string from = ledger.Tuning("tuned-mini-s-51k").OptimumRuns[0];
        double[] members = [.. ledger.Ensemble("onward-together").Members];
        return Table(
            ["what", "epochs, decay", "validation loss"],
            [
                .. DecaysOfSecondDomain.Select(decay =>
                {
                    double[] seeds = [.. ledger.Runs.Where(run => run.Config is { Epochs: 4, Start: { } start } config && start.RunId == from && config.WeightDecay == decay).OrderBy(run => run.Config!.DataSeed).Select(run => run.Result!.ValLoss)];
                    return new[] { $"one model, {seeds.Length} seeds: {string.Join(", ", seeds.Select(Loss))}", $"4, {Short(decay)}", Noise(SeedNoise.Of(seeds)) };
                }),
                ["one model, one epoch", "1, .1", Loss(ledger.Run("onward-once of tuned-mini-s-51k").Result!.ValLoss)],
                ["five models, alone", "4, .1", Noise(SeedNoise.Of(members))],
                ["five models together", "4, .1", Loss(ledger.Ensemble("onward-together").LogitAverage[^1])],
            ]);
    }

    private IReadOnlyList<string> Blimp() => Table(
        ["models", "members", "validation loss", "BLiMP accuracy"],
        [.. ledger.Accuracies.Select(each => new[] { each.Of, $"{each.Members.Count}", Loss(LossOf(each.Of)), $"{Loss(each.Accuracy)} ± {Loss(each.StandardError!.Value)}" })]);

    private IReadOnlyList<string> Cost() => Table(
        ["runs", "FLOPs", "time, runs added up"],
        [[Count(ledger.Runs.Count()), $"{Number(ledger.Runs.Sum(run => run.Result!.TrainingFlops) / 1e12, 0)} T", $"{Number(ledger.Runs.Sum(run => run.Result!.Seconds) / 3600, 1)} h"]]);

    private double LossOf(string step) => ledger.Ensembles.Any(line => line.Name == step) ? ledger.Ensemble(step).LogitAverage[^1]
        : ledger.Tunings.FirstOrDefault(line => line.Name == step) is { } tuning ? tuning.Tuning!.Search.Loss
        : ledger.Run(step).Result!.ValLoss;

    private IEnumerable<(string Size, string Label, long Tokens)> Points() =>
        budgets.SelectMany(budget => sizes.Select(size => (size, budget.Name.Length == 0 ? size : $"{size}-{budget.Name}", budget.Tokens)));

    private IEnumerable<string> Names(Func<string, bool> isAsked) => ledger.Runs.Select(run => run.Name!).Where(isAsked).OrderBy(name => ledger.Run(name).Result!.ValLoss);

    private static string Taught(TrainingConfig config) => config switch
    {
        { SoftLabels: { } soft } => $"by probabilities, alpha {Short(soft.Alpha)}",
        { Mixed: { } mixed } => $"by {Count(mixed.Tokens)} tokens, weight {Short(mixed.Share)}",
        _ => throw new InvalidOperationException($"{config.Id} was not taught."),
    };

    private static double InMembers(IReadOnlyList<double> losses) => MiniatureLedger.Asymptote(LawVariable.Members, [.. losses.Select((_, k) => k + 1.0)], losses);

    private static double Square(double value) => value * value;

    private static IReadOnlyList<string> Table(string[] columns, string[][] rows) =>
        [Row(columns), "|" + string.Concat(columns.Select(_ => "---|")), .. rows.Select(Row)];

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |";

    private static string Place(TuningPoint point, bool decay) => FormattableString.Invariant($"{Short(point.LearningRate)}, {point.Epochs}") + (decay ? $", {Short(point.WeightDecay)}" : "");

    private static string Noise(SeedNoise noise) => $"{Loss(noise.Mean)} ± {Loss(noise.StandardDeviation)}";

    private static string Loss(double value) => value.ToString(".000", CultureInfo.InvariantCulture);

    private static string Digits(double value) => value.ToString(Math.Abs(value) < 1e5 ? "G4" : "0.###E0", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+.000;-.000", CultureInfo.InvariantCulture);

    private static string Short(double value) => value.ToString("#.####", CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "0";

    private static string Number(double value, int decimals) => value.ToString(decimals == 0 ? "0" : "." + new string('0', decimals), CultureInfo.InvariantCulture);

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
