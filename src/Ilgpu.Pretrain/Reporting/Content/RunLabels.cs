using System.Globalization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Short names of runs that stand side by side: what they differ in, not their hashes.</summary>
internal static class RunLabels
{
    private const int MostParts = 4;
    private const int IdDigits = 6;

    private static readonly string[] Seeds = ["initialization_seed", "data_seed", "dropout_seed"];

    private static readonly Dictionary<string, string> ShortNames = new()
    {
        ["learning_rate"] = "lr",
        ["weight_decay"] = "wd",
        ["step_limit"] = "steps",
    };

    /// <summary>One a run, all different.</summary>
    /// <param name="runs">Each with a configuration.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<RunSummary> runs)
    {
        if (runs.Count == 1)
            return [runs[0].Name];
        IReadOnlyList<ConfigDifference> differences = ConfigDifference.Among([.. runs.Select(run => run.Config!)]);
        string[] names = [.. runs.Select((run, i) => Name(run.Config!, differences, i))];
        return [.. names.Select((name, i) => name.Length == 0 || names.Count(other => other == name) > 1 ? $"{name} {runs[i].Name[..Math.Min(IdDigits, runs[i].Name.Length)]}".Trim() : name)];
    }

    private static string Name(TrainingConfig config, IReadOnlyList<ConfigDifference> differences, int run)
    {
        var parts = new List<string>();
        if (differences.Any(difference => difference.Field.StartsWith("model.", StringComparison.Ordinal)))
            parts.Add(ModelName(config));
        foreach (ConfigDifference difference in differences.Where(difference => !difference.Field.StartsWith("model.", StringComparison.Ordinal) && !Seeds.Contains(difference.Field)))
            parts.Add($"{ShortNames.GetValueOrDefault(difference.Field, difference.Field.Replace('_', ' '))} {Value(difference.Field, difference.Values[run])}");
        if (parts.Count < MostParts && differences.Any(difference => Seeds.Contains(difference.Field)))
        {
            ulong[] seeds = [.. new[] { config.InitializationSeed, config.DataSeed, config.DropoutSeed }.Distinct()];
            parts.Add(seeds.Length == 1 ? $"seed {seeds[0]}" : $"seeds {config.InitializationSeed}/{config.DataSeed}/{config.DropoutSeed}");
        }

        return string.Join(", ", parts.Take(MostParts));
    }

    internal static string ModelName(TrainingConfig config) => config.Model.Name is { Length: > 0 } name and not "custom"
        ? name
        : ReportNumber.Of(config.Model.ParameterCount, NumberStyle.Count) + " parameters";

    private static string Value(string field, string value) =>
        field == "tokens" && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double tokens)
            ? ReportNumber.Of(tokens, NumberStyle.Count)
            : value.Length > 12 ? value[..8] : value;
}
