using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ilgpu.Pretrain.Bench;

/// <summary>JSON as the GPU check writes it.</summary>
internal static class GpuJson
{
    public static JsonSerializerOptions Format { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        NewLine = "\n",
    };

    public static JsonObject Of(object value) => JsonSerializer.SerializeToNode(value, Format)!.AsObject();

    /// <summary>A file's object, or null where there is none that can be read.</summary>
    public static JsonObject? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static double? Number(JsonNode? node, string name) => node?[name] is JsonValue value && value.TryGetValue(out double number) ? number : null;

    public static string Text(JsonNode? node, string name) => node?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
