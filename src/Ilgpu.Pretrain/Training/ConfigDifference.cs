using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Ilgpu.Pretrain.Training;

/// <summary>The fields in which two configurations differ.</summary>
internal static class ConfigDifference
{
    private const string Absent = "none";

    private static readonly JsonSerializerOptions WithDefaults = new(RunJson.Compact)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WriteDefaults } },
    };

    /// <summary>For example <c>learning_rate (0.003 there, 0.001 now), model.hidden (64 there, 96 now)</c>; empty when they are the same run.</summary>
    public static string Describe(TrainingConfig there, TrainingConfig now)
    {
        var before = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var after = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Flatten("", JsonSerializer.SerializeToNode(there, WithDefaults), before);
        Flatten("", JsonSerializer.SerializeToNode(now, WithDefaults), after);
        return string.Join(", ", before.Keys.Union(after.Keys)
            .Where(field => field != "model.name")
            .Select(field => (Field: field, There: before.GetValueOrDefault(field, Absent), Now: after.GetValueOrDefault(field, Absent)))
            .Where(difference => difference.There != difference.Now)
            .Select(difference => $"{difference.Field} ({difference.There} there, {difference.Now} now)"));
    }

    /// <summary>A field that files leave out at its default is told by its value, like any other; nulls stay out.</summary>
    private static void WriteDefaults(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
            property.ShouldSerialize = null;
    }

    private static void Flatten(string path, JsonNode? node, SortedDictionary<string, string> fields)
    {
        if (node is not JsonObject members)
        {
            fields[path] = node?.ToJsonString(RunJson.Compact).Trim('"') ?? "null";
            return;
        }

        foreach ((string name, JsonNode? member) in members)
            Flatten(path.Length == 0 ? name : $"{path}.{name}", member, fields);
    }
}
