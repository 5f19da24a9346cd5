using System.Globalization;

namespace Ilgpu.Pretrain.Training;

/// <summary>What runs can be told apart, sorted and picked by: the names of config.json and result.json, and a few more.</summary>
public static class RunField
{
    /// <summary>Where both files have a field of one name, it is the configuration's, and the result's is told by this before it.</summary>
    private const string OfResult = "result.";

    private static readonly string[] OfConfig = [.. FlatJson.NamesOf(typeof(TrainingConfig))];

    private static readonly string[] Own = ["folder", "id", "state", "step", "started"];

    /// <summary>All of them; a run need not have each.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Own.Concat(OfConfig).Concat(FlatJson.NamesOf(typeof(RunResult)).Select(NameOfResult)).Order(StringComparer.Ordinal),
    ];

    /// <exception cref="InputException">There is no such field: says which there are.</exception>
    public static void Require(string flag, string name)
    {
        if (!Names.Contains(name))
            throw new InputException($"{flag} was given the field '{name}'; there is: {string.Join(", ", Names)}.");
    }

    /// <summary>By the number, where both are numbers, else by the letters.</summary>
    public static int Compare(string a, string b) =>
        IsNumber(a, out double x) && IsNumber(b, out double y) ? x.CompareTo(y) : string.CompareOrdinal(a, b);

    internal static bool IsNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    internal static IReadOnlyDictionary<string, string> Of(RunSummary run)
    {
        var fields = new Dictionary<string, string>
        {
            ["folder"] = run.Folder,
            ["state"] = run.State.ToString().ToLowerInvariant(),
        };
        if (run.Started is { } started)
            fields["started"] = started;
        if (run.Config is not { } config || run.State == RunState.Damaged)
            return fields;
        foreach ((string name, string value) in FlatJson.Of(config))
            fields[name] = value;
        fields["id"] = config.Id;
        fields["step"] = run.Step.ToString(CultureInfo.InvariantCulture);
        fields["steps"] = config.Steps.ToString(CultureInfo.InvariantCulture);
        fields["parameters"] = config.Model.ParameterCount.ToString(CultureInfo.InvariantCulture);
        if (run.Result is { } result)
        {
            foreach ((string name, string value) in FlatJson.Of(result))
                fields[NameOfResult(name)] = value;
        }

        return fields;
    }

    private static string NameOfResult(string name) => OfConfig.Contains(name) ? OfResult + name : name;
}
