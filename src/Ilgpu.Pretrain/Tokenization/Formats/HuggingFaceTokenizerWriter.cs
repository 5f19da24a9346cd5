using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Writes tokenizer.json as the Hugging Face tokenizers library reads it.</summary>
internal static class HuggingFaceTokenizerWriter
{
    internal static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="model">What is written.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="beginning">The token that post-processing puts before every text, or null.</param>
    public static void Write(BytePairModel model, Stream stream, AddedToken? beginning = null)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        WriteHead(json, model.Added);
        json.WriteNull("normalizer");
        WritePreTokenizer(json, model);
        WritePostProcessor(json, beginning);
        WriteByteLevel(json, "decoder", prefixSpace: true, useRegex: true);
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", model.WholePiecesFirst);
        WriteVocabulary(json, model.Tokens.Select(token => token is null ? null : ByteAlphabet.Write(token)), model.Added);
        json.WriteStartArray("merges");
        foreach (BytePairMerge merge in model.Merges)
            json.WriteStringValue($"{ByteAlphabet.Write(model.Tokens[merge.Left])} {ByteAlphabet.Write(model.Tokens[merge.Right])}");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>As a word-level vocabulary of single characters.</summary>
    public static void Write(CharacterTokenizer tokenizer, Stream stream, AddedToken? beginning = null)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        WriteHead(json, tokenizer.AddedTokens);
        json.WriteNull("normalizer");
        WriteSplit(json, "pre_tokenizer", PiecePatterns.EveryCharacter);
        WritePostProcessor(json, beginning);
        json.WriteStartObject("decoder");
        json.WriteString("type", "Fuse");
        json.WriteEndObject();
        json.WriteStartObject("model");
        json.WriteString("type", "WordLevel");
        WriteVocabulary(json, tokenizer.CharacterOfId.Select(character => character?.ToString()), tokenizer.AddedTokens);
        json.WriteString("unk_token", "<unk>");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    internal static void WriteHead(Utf8JsonWriter json, IReadOnlyList<AddedToken> added)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in added)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A template that puts a token before a text, and before each of a pair.</summary>
    internal static void WritePostProcessor(Utf8JsonWriter json, AddedToken? beginning)
    {
        if (beginning is null)
        {
            json.WriteNull("post_processor");
            return;
        }

        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate("single", ("A", 0));
        WriteTemplate("pair", ("A", 0), ("B", 1));
        json.WriteStartObject("special_tokens");
        json.WriteStartObject(beginning.Content);
        json.WriteString("id", beginning.Content);
        json.WriteStartArray("ids");
        json.WriteNumberValue(beginning.Id);
        json.WriteEndArray();
        json.WriteStartArray("tokens");
        json.WriteStringValue(beginning.Content);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();

        void WriteTemplate(string name, params (string Sequence, int Type)[] parts)
        {
            json.WriteStartArray(name);
            foreach ((string sequence, int type) in parts)
            {
                WritePart("SpecialToken", beginning.Content, type);
                WritePart("Sequence", sequence, type);
            }

            json.WriteEndArray();
        }

        void WritePart(string kind, string name, int type)
        {
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", name);
            json.WriteNumber("type_id", type);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, BytePairModel model)
    {
        if (model.Pieces == PreTokenization.Gpt2)
        {
            WriteByteLevel(json, "pre_tokenizer", model.PrefixSpace, useRegex: true);
            return;
        }

        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        WriteSplit(json, null, PiecePatterns.Of(model.Pieces));
        WriteByteLevel(json, null, model.PrefixSpace, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSplit(Utf8JsonWriter json, string? property, string pattern)
    {
        StartObject(json, property);
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string? property, bool prefixSpace, bool useRegex)
    {
        StartObject(json, property);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", prefixSpace);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    /// <summary>Added tokens stand among the others too: readers would give them ids of their own otherwise.</summary>
    internal static void WriteVocabulary(Utf8JsonWriter json, IEnumerable<string?> tokens, IReadOnlyList<AddedToken> added)
    {
        json.WriteStartObject("vocab");
        IEnumerable<(string Token, int Id)> all = tokens
            .Select((token, id) => (Token: token, Id: id))
            .Where(entry => entry.Token is not null)
            .Select(entry => (entry.Token!, entry.Id))
            .Concat(added.Select(token => (token.Content, token.Id)))
            .OrderBy(entry => entry.Item2);
        foreach ((string token, int id) in all)
            json.WriteNumber(token, id);
        json.WriteEndObject();
    }

    private static void StartObject(Utf8JsonWriter json, string? property)
    {
        if (property is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(property);
    }
}
