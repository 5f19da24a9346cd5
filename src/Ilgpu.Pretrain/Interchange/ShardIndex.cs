using System.Text.Json;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// model.safetensors.index.json: which of the safetensors files beside it has which tensor (<c>weight_map</c>).
/// </summary>
internal sealed class ShardIndex
{
    public const string FileName = "model.safetensors.index.json";
    public const string Extension = ".json";

    private const string Map = "weight_map";

    private ShardIndex(IReadOnlyDictionary<string, IReadOnlyList<string>> namesOfFiles) => NamesOfFiles = namesOfFiles;

    /// <summary>The tensors of each file; files are names in the index's own folder.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> NamesOfFiles { get; }

    /// <exception cref="InputException">It cannot be read, is not an index, or leads out of its folder.</exception>
    public static ShardIndex Read(string path)
    {
        using JsonDocument json = JsonFile.Read(path);
        if (!json.RootElement.TryGetProperty(Map, out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new InputException($"'{path}' has no object '{Map}', which says where each tensor is.");
        try
        {
            return new ShardIndex(map.EnumerateObject()
                .GroupBy(entry => FileOf(path, entry), entry => entry.Name, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, IReadOnlyList<string> (group) => [.. group], StringComparer.Ordinal));
        }
        catch (InvalidOperationException e)
        {
            // Half a surrogate pair.
            throw new InputException($"'{path}' has a text that is not Unicode: {e.Message}", e);
        }
    }

    /// <summary>Writes an index.</summary>
    /// <param name="path">Of the new file.</param>
    /// <param name="totalBytes">Of all tensors.</param>
    /// <param name="fileOf">Of each tensor.</param>
    public static void Write(string path, long totalBytes, IEnumerable<(string Tensor, string File)> fileOf)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", totalBytes);
            json.WriteEndObject();
            json.WriteStartObject(Map);
            foreach ((string tensor, string file) in fileOf.OrderBy(entry => entry.Tensor, StringComparer.Ordinal))
                json.WriteString(tensor, file);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        DurableFile.Write(path, file => stream.WriteTo(file));
    }

    private static string FileOf(string path, JsonProperty entry)
    {
        string? file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
        return NamesInFolder.IsOne(file)
            ? file!
            : throw new InputException($"'{path}' puts the tensor '{Printable.Excerpt(entry.Name)}' into {Printable.Excerpt(entry.Value.GetRawText())}; it takes the name of a file beside it.");
    }
}
