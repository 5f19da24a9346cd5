using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>A <see cref="LlamaConfig"/> as JSON, its fields in camelCase.</summary>
public static class LlamaConfigFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
    };

    /// <summary>What <c>--model</c> takes: a preset's name or a JSON file's path.</summary>
    /// <exception cref="InputException">It is neither, or the file does not hold a valid configuration.</exception>
    public static LlamaConfig PresetOrFile(string nameOrPath)
    {
        if (LlamaPresets.Find(nameOrPath) is { } preset)
            return preset;
        if (File.Exists(nameOrPath))
            return Load(nameOrPath);
        throw new InputException(
            $"'{nameOrPath}' is neither a preset nor a file. Presets: {string.Join(", ", LlamaPresets.All.Select(each => each.Name))}.");
    }

    /// <exception cref="InputException">The file cannot be read or does not hold a valid configuration.</exception>
    public static LlamaConfig Load(string path)
    {
        string json;
        try
        {
            json = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The model file '{path}' cannot be read: {exception.Message}", exception);
        }

        return Parse(json, path);
    }

    public static void Save(LlamaConfig config, string path) => File.WriteAllText(path, ToJson(config) + "\n");

    public static string ToJson(LlamaConfig config) => JsonSerializer.Serialize(config, Options);

    /// <param name="json">The configuration.</param>
    /// <param name="source">Where it came from, for the message.</param>
    /// <exception cref="InputException">It is not JSON, lacks a field, has an unknown one, or a value is wrong.</exception>
    public static LlamaConfig Parse(string json, string source)
    {
        LlamaConfig config;
        try
        {
            config = JsonSerializer.Deserialize<LlamaConfig>(json, Options)
                ?? throw new InputException($"The model in '{source}' is null; it has to be an object.");
        }
        catch (JsonException exception)
        {
            throw new InputException($"The model in '{source}' is not valid: {exception.Message}", exception);
        }

        config.Validate();
        return config;
    }
}
