using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// Lists of objects and texts have no null among them: the serializer respects nullability of fields, but not of what is in
/// lists.
/// </summary>
internal sealed class WholeLists : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType
        && typeToConvert.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
        && !typeToConvert.GetGenericArguments()[0].IsValueType;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(WholeList<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class WholeList<T> : JsonConverter<IReadOnlyList<T>>
        where T : class
    {
        public override IReadOnlyList<T>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            List<T>? list = JsonSerializer.Deserialize<List<T>>(ref reader, options);
            return list?.Contains(null!) == true ? throw new JsonException("a list has null in it") : list;
        }

        public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize<IEnumerable<T>>(writer, value, options);
    }
}
