using System.Text.Encodings.Web;
using System.Text.Json;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>
/// A tokenizer's files as transformers' AutoTokenizer loads them: tokenizer.json, which puts the token that begins a text
/// before it, as training did; tokenizer_config.json; special_tokens_map.json.
/// </summary>
internal static class TransformersTokenizer
{
    public const string FileName = "tokenizer.json";

    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Why tokenizer.json cannot say what the tokenizer does, or null where it can.</summary>
    public static string? FindObstacle(Tokenizer tokenizer) => tokenizer switch
    {
        ScoreMergingTokenizer merging => OrderOfScores.FindObstacle(merging),
        BytePairTokenizer pairs => FindObstacle(pairs.Model),
        _ => null,
    };

    /// <summary>Writes the files; a tokenizer of llama2.c keeps its own file beside them.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="tokenizer">What is written.</param>
    /// <param name="config">Says what begins and ends a text, and the context.</param>
    public static void Write(string folder, Tokenizer tokenizer, HuggingFaceConfig config)
    {
        if (tokenizer is ScoreMergingTokenizer)
            TokenizerFolder.Save(tokenizer, folder);
        if (FindObstacle(tokenizer) is not null)
            return;
        AddedToken? beginning = config.Start is { } id ? new AddedToken(id, tokenizer.Show(id), Special: true) : null;
        DurableFile.Write(Path.Combine(folder, FileName), stream => WriteJson(tokenizer, stream, beginning));
        (string Name, string Token)[] special = [.. Special(tokenizer, config)];
        WriteObject(Path.Combine(folder, "special_tokens_map.json"), json => WriteAll(json, special));
        WriteObject(Path.Combine(folder, TokenizerSettings.FileName), json =>
        {
            WriteAll(json, special);
            if (config.BeginningOfText is not null && !config.AddsBeginning)
                json.WriteBoolean(TokenizerSettings.AddsBeginningName, false);
            json.WriteBoolean("clean_up_tokenization_spaces", false);
            json.WriteNumber("model_max_length", config.Model.Context);
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        });
    }

    private static void WriteJson(Tokenizer tokenizer, Stream stream, AddedToken? beginning)
    {
        switch (tokenizer)
        {
            case ByteTokenizer bytes:
                HuggingFaceTokenizerWriter.Write(bytes.AsBytePairs, stream, beginning);
                break;
            case BytePairTokenizer pairs:
                HuggingFaceTokenizerWriter.Write(pairs.Model, stream, beginning);
                break;
            case CharacterTokenizer characters:
                HuggingFaceTokenizerWriter.Write(characters, stream, beginning);
                break;
            case ScoreMergingTokenizer merging:
                ByteFallbackTokenizerWriter.Write(OrderOfScores.ModelOf(merging), stream, beginning);
                break;
            case ByteFallbackTokenizer fallback:
                ByteFallbackTokenizerWriter.Write(fallback.Model, stream, beginning);
                break;
            default:
                throw new NotSupportedException($"No tokenizer.json is known for {tokenizer.Description}.");
        }
    }

    private static string? FindObstacle(BytePairModel model)
    {
        HashSet<string> texts = [.. model.Tokens.Where(token => token is not null).Select(token => ByteAlphabet.Write(token))];
        return model.Added.FirstOrDefault(token => texts.Contains(token.Content)) is { } twice
            ? $"the added token '{Printable.Excerpt(twice.Content)}' is written like a token of text"
            : null;
    }

    private static IEnumerable<(string Name, string Token)> Special(Tokenizer tokenizer, HuggingFaceConfig config)
    {
        if (config.BeginningOfText is { } beginning)
            yield return ("bos_token", tokenizer.Show(beginning));
        if (config.EndsOfText is [var end, ..])
            yield return ("eos_token", tokenizer.Show(end));
        string? unknown = tokenizer switch
        {
            ScoreMergingTokenizer => tokenizer.Show(0),
            ByteFallbackTokenizer { Model.Unknown: { } name } => name,
            _ => null,
        };
        if (unknown is not null)
            yield return ("unk_token", unknown);
    }

    private static void WriteAll(Utf8JsonWriter json, (string Name, string Token)[] special)
    {
        foreach ((string name, string token) in special)
            json.WriteString(name, token);
    }

    private static void WriteObject(string path, Action<Utf8JsonWriter> writeFields) => DurableFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        writeFields(json);
        json.WriteEndObject();
    });
}
