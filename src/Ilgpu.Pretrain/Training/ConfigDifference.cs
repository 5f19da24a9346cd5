namespace Ilgpu.Pretrain.Training;

/// <summary>A field in which configurations differ.</summary>
/// <param name="Field">Its path in config.json, <c>model.hidden</c> for example.</param>
/// <param name="Values">Each configuration's, <c>none</c> where it has none.</param>
public sealed record ConfigDifference(string Field, IReadOnlyList<string> Values)
{
    /// <summary>It decides nothing.</summary>
    private const string NameOfModel = "model.name";

    /// <summary>All fields in which the configurations are not the same, by name; the model's name is none of them.</summary>
    public static IReadOnlyList<ConfigDifference> Among(IReadOnlyList<TrainingConfig> configs)
    {
        SortedDictionary<string, string>[] flat = [.. configs.Select(FlatJson.Of)];
        return
        [
            .. flat.SelectMany(fields => fields.Keys).Distinct().Order(StringComparer.Ordinal)
                .Where(field => field != NameOfModel)
                .Select(field => new ConfigDifference(field, [.. flat.Select(fields => fields.GetValueOrDefault(field, FlatJson.Absent))]))
                .Where(difference => difference.Values.Distinct().Count() > 1),
        ];
    }

    /// <summary>For example <c>learning_rate (0.003 there, 0.001 now), model.hidden (64 there, 96 now)</c>; empty when they are the same run.</summary>
    internal static string Describe(TrainingConfig there, TrainingConfig now) =>
        string.Join(", ", Among([there, now]).Select(difference => $"{difference.Field} ({difference.Values[0]} there, {difference.Values[1]} now)"));
}
