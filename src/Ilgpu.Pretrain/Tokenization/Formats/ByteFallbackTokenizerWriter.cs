using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// Writes Llama 1 and 2's kind of tokenizer.json: a mark for each space, BPE with bytes for what the vocabulary lacks. Where
/// every text gets a space, the normalizer puts it there, else a Metaspace pre-tokenizer does what there is to be done.
/// </summary>
internal static class ByteFallbackTokenizerWriter
{
    private const string Mark = ByteFallbackModel.SpaceMark;

    /// <param name="model">What is written.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="beginning">The token that post-processing puts before every text, or null.</param>
    public static void Write(ByteFallbackModel model, Stream stream, AddedToken? beginning = null)
    {
        using var json = new Utf8JsonWriter(stream, HuggingFaceTokenizerWriter.Options);
        HuggingFaceTokenizerWriter.WriteHead(json, model.Added);
        WriteSpaces(json, model);
        HuggingFaceTokenizerWriter.WritePostProcessor(json, beginning);
        WriteSteps(json, "decoder", "decoders", () =>
        {
            WriteReplacement(json, Mark, " ");
            WriteStep(json, "ByteFallback");
            WriteStep(json, "Fuse");
            if (model.StripsSpace)
                WriteStrip(json);
        });
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", model.Unknown);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", true);
        json.WriteBoolean("byte_fallback", true);
        json.WriteBoolean("ignore_merges", false);
        HuggingFaceTokenizerWriter.WriteVocabulary(json, model.Tokens, model.Added);
        WriteMerges(json, model);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSpaces(Utf8JsonWriter json, ByteFallbackModel model)
    {
        if (model.Prefix == SpacePrefix.Another)
        {
            WriteSteps(json, "normalizer", "normalizers", () =>
            {
                WriteStep(json, "Prepend", ("prepend", Mark));
                WriteReplacement(json, " ", Mark);
            });
            json.WriteNull("pre_tokenizer");
            return;
        }

        json.WriteNull("normalizer");
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", Mark);
        json.WriteString("prepend_scheme", model.Prefix switch { SpacePrefix.First => "first", SpacePrefix.Always => "always", _ => "never" });
        json.WriteBoolean("split", model.PartsBeforeSpaces);
        json.WriteEndObject();
    }

    /// <summary>As texts of two tokens, which all readers know; as pairs where a token has a space, which parts them there.</summary>
    private static void WriteMerges(Utf8JsonWriter json, ByteFallbackModel model)
    {
        bool asPairs = model.Merges.Any(merge => model.Tokens[merge.Result]!.Contains(' ', StringComparison.Ordinal));
        json.WriteStartArray("merges");
        foreach (BytePairMerge merge in model.Merges)
        {
            if (!asPairs)
            {
                json.WriteStringValue($"{model.Tokens[merge.Left]} {model.Tokens[merge.Right]}");
                continue;
            }

            json.WriteStartArray();
            json.WriteStringValue(model.Tokens[merge.Left]);
            json.WriteStringValue(model.Tokens[merge.Right]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteSteps(Utf8JsonWriter json, string property, string list, Action writeSteps)
    {
        json.WriteStartObject(property);
        json.WriteString("type", "Sequence");
        json.WriteStartArray(list);
        writeSteps();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter json, string type, params (string Name, string Value)[] fields)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        foreach ((string name, string value) in fields)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteReplacement(Utf8JsonWriter json, string pattern, string content)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        json.WriteStartObject("pattern");
        json.WriteString("String", pattern);
        json.WriteEndObject();
        json.WriteString("content", content);
        json.WriteEndObject();
    }

    /// <summary>Takes off the space that was put before the text.</summary>
    private static void WriteStrip(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Strip");
        json.WriteString("content", " ");
        json.WriteNumber("start", 1);
        json.WriteNumber("stop", 0);
        json.WriteEndObject();
    }
}
