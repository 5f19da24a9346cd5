using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// JSON objects that carry the SHA-256 of their own content as their last field, so that a damaged or edited file is
/// noticed. White space does not count.
/// </summary>
internal static class ChecksummedJson
{
    private const string ChecksumName = "sha256";

    public static string Serialize<T>(T value)
    {
        JsonObject content = JsonSerializer.SerializeToNode(value, RunJson.Compact)!.AsObject();
        content[ChecksumName] = Checksum(content);
        return content.ToJsonString(RunJson.Indented) + "\n";
    }

    /// <exception cref="InvalidDataException">The content is not what was written.</exception>
    public static T Deserialize<T>(string json)
        where T : class
    {
        try
        {
            JsonObject content = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })?.AsObject()
                ?? throw new InvalidDataException("it is null");
            string? expected = content[ChecksumName]?.GetValue<string>();
            content.Remove(ChecksumName);
            if (expected is null || expected != Checksum(content))
                throw new InvalidDataException("its checksum does not match its content");
            return content.Deserialize<T>(RunJson.Compact) ?? throw new InvalidDataException("it is null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(RunJson.Describe(e), e);
        }
    }

    /// <summary>Writes a value into a file, which is there as a whole or not at all.</summary>
    /// <param name="path">Of the file; its folder is made.</param>
    /// <param name="value">What to write.</param>
    /// <param name="what">Is written, for the message; null for the path.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void WriteFile<T>(string path, T value, string? what = null)
    {
        try
        {
            DurableFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            DurableFile.WriteAllText(path, Serialize(value));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{what ?? $"'{path}'"} cannot be written: {e.Message}", e);
        }
    }

    /// <param name="path">Of the file.</param>
    /// <param name="remedy">What is to be done when its content is not what was written, as an order.</param>
    /// <exception cref="InputException">The content is not what was written.</exception>
    public static T ReadFile<T>(string path, string remedy)
        where T : class
    {
        try
        {
            return Deserialize<T>(File.ReadAllText(path));
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"'{path}' was edited or is damaged ({e.Message}): {remedy}.", e);
        }
    }

    private static string Checksum(JsonObject content) =>
        ContentDigest.Of(content.ToJsonString(RunJson.Compact));
}
