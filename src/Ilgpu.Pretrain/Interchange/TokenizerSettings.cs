using System.Text.Json;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// tokenizer_config.json, as far as it decides what stands before a text. To transformers add_bos_token has the last word:
/// false, and no text stands behind the token that config.json names; true, and texts stand behind bos_token, be it that
/// config.json names none.
/// </summary>
internal static class TokenizerSettings
{
    public const string FileName = "tokenizer_config.json";
    public const string AddsBeginningName = "add_bos_token";

    private const string BeginningName = "bos_token";

    /// <param name="config">What the model's own files say.</param>
    /// <param name="tokenizerPath">The tokenizer's file, or its folder; the settings lie there, if anywhere.</param>
    /// <param name="tokenizer">That was read there.</param>
    /// <exception cref="InputException">The settings cannot be read, or name a token that the tokenizer lacks.</exception>
    public static HuggingFaceConfig Apply(HuggingFaceConfig config, string tokenizerPath, Tokenizer tokenizer)
    {
        string folder = Directory.Exists(tokenizerPath) ? tokenizerPath : Path.GetDirectoryName(tokenizerPath) ?? "";
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return config;
        using JsonDocument json = JsonFile.Read(path);
        var fields = new ConfigFields(path, json.RootElement);
        if (fields.Find(AddsBeginningName) is null)
            return config;
        bool adds = fields.Flag(AddsBeginningName);
        return config with
        {
            AddsBeginning = adds,
            BeginningOfText = config.BeginningOfText ?? (adds ? BeginningIn(fields, tokenizer) : null),
        };
    }

    /// <summary>Written as a text, or as an object with its content.</summary>
    private static int? BeginningIn(ConfigFields fields, Tokenizer tokenizer)
    {
        string? content = fields.Find(BeginningName) is { ValueKind: JsonValueKind.Object }
            ? fields.Object(BeginningName)!.Text("content")
            : fields.Text(BeginningName);
        if (content is null)
            return null;
        return tokenizer.AddedTokens.FirstOrDefault(token => token.Content == content)?.Id
            ?? throw fields.Wrong($"{BeginningName} is '{Printable.Excerpt(content)}', which is none of the tokenizer's added tokens");
    }
}
