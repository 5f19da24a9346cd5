using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// How the files of a run folder are written as JSON: snake_case names, enums as words, nothing unknown taken. Nulls are
/// left out, so that a new optional field changes no run's hash.
/// </summary>
internal static class RunJson
{
    private const int LongestDescription = 300;

    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>What is wrong with a JSON text, without the text itself, which the exception can quote over many lines.</summary>
    public static string Describe(Exception e) =>
        Printable.Excerpt(e.Message.Split('\n')[0].TrimEnd('\r'), LongestDescription) + (e.Message.Contains('\n', StringComparison.Ordinal) ? " ..." : "");

    private static JsonSerializerOptions Create(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        AllowDuplicateProperties = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new WholeLists() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireParameters } },
        WriteIndented = indented,
    };

    /// <summary>What a record cannot be without has to be in the file: the serializer would make it null.</summary>
    private static void RequireParameters(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.AssociatedParameter is { IsNullable: false, HasDefaultValue: false } parameter && !parameter.ParameterType.IsValueType)
                property.IsRequired = true;
        }
    }
}
