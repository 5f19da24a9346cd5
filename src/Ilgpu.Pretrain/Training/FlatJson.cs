using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Ilgpu.Pretrain.Training;

/// <summary>An object's JSON as a flat list: each value under its path, <c>model.hidden</c> for example.</summary>
internal static class FlatJson
{
    /// <summary>How a value that is not there is told.</summary>
    public const string Absent = "none";

    private static readonly JsonSerializerOptions WithDefaults = new(RunJson.Compact)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WriteDefaults } },
    };

    /// <summary>The values that are not null, as their JSON has them, without quotes.</summary>
    public static SortedDictionary<string, string> Of<T>(T value)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Flatten("", JsonSerializer.SerializeToNode(value, WithDefaults), fields);
        return fields;
    }

    /// <summary>The paths of all values that an object of a type can have, in the order in which they are written.</summary>
    public static IEnumerable<string> NamesOf(Type type) => NamesOf("", type);

    private static IEnumerable<string> NamesOf(string path, Type type)
    {
        JsonTypeInfo info = WithDefaults.GetTypeInfo(type);
        return info.Kind != JsonTypeInfoKind.Object
            ? [path]
            : info.Properties.Where(property => property.Get is not null).SelectMany(property => NamesOf(Join(path, property.Name), property.PropertyType));
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
            Flatten(Join(path, name), member, fields);
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
