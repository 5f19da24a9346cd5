using System.Buffers.Binary;
using System.Text.Json;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// The head of a safetensors file (https://github.com/huggingface/safetensors): eight bytes, the little-endian length of
/// the JSON that follows; the JSON gives for each tensor its type, shape and place in the bytes behind it.
/// </summary>
internal static class SafetensorsHeader
{
    public const int LengthBytes = 8;

    /// <summary>The format's own bound on the JSON.</summary>
    public const long MaximumJsonBytes = 100_000_000;

    private const string MetadataName = "__metadata__";

    /// <summary>Length and JSON, padded with spaces so that the data starts at a multiple of eight bytes.</summary>
    public static byte[] Write(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[LengthBytes]);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(MetadataName);
                foreach ((string key, string value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            foreach (SafetensorsEntry entry in entries)
                WriteEntry(json, entry);
            json.WriteEndObject();
        }

        while (stream.Length % 8 != 0)
            stream.WriteByte((byte)' ');
        byte[] header = stream.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - LengthBytes);
        return header;
    }

    /// <summary>Reads and validates the JSON.</summary>
    /// <param name="json">The header's JSON.</param>
    /// <param name="dataBytes">Bytes of the file behind the header: the tensors have to fill them without holes.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="InputException">What is wrong.</exception>
    public static (IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata) Read(
        ReadOnlyMemory<byte> json,
        long dataBytes,
        string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var entries = new List<SafetensorsEntry>();
            var metadata = new Dictionary<string, string>();
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name != MetadataName)
                {
                    entries.Add(ReadEntry(property));
                    continue;
                }

                foreach (JsonProperty pair in property.Value.EnumerateObject())
                    metadata.Add(pair.Name, pair.Value.GetString() ?? throw new FormatException($"metadata '{pair.Name}' is null"));
            }

            entries.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Bytes.CompareTo(b.Bytes));
            RequireNoHoles(entries, dataBytes);
            return (entries, metadata);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            throw NotSafetensors(path, e.Message);
        }
    }

    public static InputException NotSafetensors(string path, string reason) =>
        new($"'{path}' is not a valid safetensors file: {reason}.");

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsEntry entry)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", entry.ElementType);
        json.WriteStartArray("shape");
        foreach (long extent in entry.Shape)
            json.WriteNumberValue(extent);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(entry.Offset);
        json.WriteNumberValue(entry.Offset + entry.Bytes);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static SafetensorsEntry ReadEntry(JsonProperty property)
    {
        string name = property.Name;
        string type = property.Value.GetProperty("dtype").GetString() ?? throw new FormatException($"tensor '{name}' has no dtype");
        int size = BytesPerElement(type) ?? throw new FormatException($"tensor '{name}' has the unknown dtype '{type}'");
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())];
        if (shape.Any(extent => extent < 0))
            throw new FormatException($"tensor '{name}' has a negative extent");
        JsonElement offsets = property.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
            throw new FormatException($"tensor '{name}' has {offsets.GetArrayLength()} data_offsets instead of 2");
        long begin = offsets[0].GetInt64();
        long end = offsets[1].GetInt64();
        var entry = new SafetensorsEntry(name, type, shape, begin, end - begin);
        if (begin < 0 || end < begin || entry.Bytes != checked(entry.Elements * size))
            throw new FormatException($"tensor '{name}', {type} {entry.ShapeText}, does not fill its data_offsets [{begin}, {end}]");
        return entry;
    }

    private static int? BytesPerElement(string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" => 8,
        _ => null,
    };

    private static void RequireNoHoles(List<SafetensorsEntry> entries, long dataBytes)
    {
        long expected = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Offset != expected)
                throw new FormatException($"tensor '{entry.Name}' begins at byte {entry.Offset} where {expected} was expected");
            expected += entry.Bytes;
        }

        if (expected != dataBytes)
            throw new FormatException($"its tensors take {expected} bytes and the file has {dataBytes}");
    }
}
