using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// How the files of a run folder are written as JSON: snake_case names, enums as words, nothing unknown taken. Nulls are
/// left out, so that a new optional field changes no run's hash.
/// </summary>
internal static class RunJson
{
    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>What is wrong with a JSON text, without the text itself, which the exception can quote over many lines.</summary>
    public static string Describe(Exception e) => e.Message.Split('\n')[0].TrimEnd('\r') + (e.Message.Contains('\n', StringComparison.Ordinal) ? " ..." : "");

    private static JsonSerializerOptions Create(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        AllowDuplicateProperties = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = indented,
    };
}
