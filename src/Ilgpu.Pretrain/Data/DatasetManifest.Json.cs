using System.Text.Json;
using System.Text.Json.Serialization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Data;

public sealed partial record DatasetManifest
{
    internal static DatasetManifest Read(string path)
    {
        DatasetManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), DatasetJson.Default.DatasetManifest);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{path} is damaged: {RunJson.Describe(e)}", e);
        }

        if (manifest is null || manifest.Hash != manifest.ContentHash())
            throw new InputException($"{path} is damaged: the hash in it is not the one of what it describes");
        return manifest;
    }

    internal void Write(Stream stream) => JsonSerializer.Serialize(stream, this, DatasetJson.Default.DatasetManifest);

    /// <summary>What a run's result depends on, and neither the text's bytes nor where it came from.</summary>
    internal string ContentHash() => ContentDigest.Of(string.Join(
        '\n',
        Format,
        TokensSha256,
        DocumentsSha256,
        Tokenizer.Fingerprint,
        Train.Documents,
        Train.Tokens,
        Validation.Documents,
        Validation.Tokens));
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DatasetManifest))]
internal sealed partial class DatasetJson : JsonSerializerContext;
