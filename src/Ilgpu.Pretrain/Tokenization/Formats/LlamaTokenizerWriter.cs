using System.Text;
using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// Writes llama2.c's tokenizers as the tokenizer.json of Llama 1 and 2: a mark for each space, one before a text, BPE with
/// bytes for what the vocabulary lacks. Scores become an order of merges.
/// </summary>
internal static class LlamaTokenizerWriter
{
    /// <summary>How such files write a space.</summary>
    private const string SpaceMark = "\u2581";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Why the tokenizer cannot be written, or null.</summary>
    public static string? FindObstacle(ScoreMergingTokenizer tokenizer)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (NameOf(tokenizer, id) is not { } name)
                return $"the token {id} is not UTF-8";
            if (Encoding.UTF8.GetString(tokenizer.Vocabulary[id].Text).Contains(SpaceMark, StringComparison.Ordinal))
                return $"the token {id} has the character U+2581, which stands for a space there";
            if (!names.Add(name))
                return $"the token {id} would have the name '{Printable.Excerpt(name)}' of another one";
        }

        var resultOf = new Dictionary<int, int>();
        foreach (BytePairMerge merge in tokenizer.Merges)
        {
            if (!resultOf.TryAdd(merge.Rank, merge.Result) && resultOf[merge.Rank] != merge.Result)
                return $"the tokens {resultOf[merge.Rank]} and {merge.Result} have the same score, and an order of merges has no ties";
        }

        return null;
    }

    /// <param name="tokenizer">Without an obstacle.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="beginning">The token that post-processing puts before every text, or null.</param>
    public static void Write(ScoreMergingTokenizer tokenizer, Stream stream, AddedToken? beginning)
    {
        using var json = new Utf8JsonWriter(stream, HuggingFaceTokenizerWriter.Options);
        HuggingFaceTokenizerWriter.WriteHead(json, tokenizer.AddedTokens);
        WriteSteps(json, "normalizer", "normalizers", () =>
        {
            WriteStep(json, "Prepend", ("prepend", SpaceMark));
            WriteReplacement(json, " ", SpaceMark);
        });
        json.WriteNull("pre_tokenizer");
        HuggingFaceTokenizerWriter.WritePostProcessor(json, beginning);
        WriteSteps(json, "decoder", "decoders", () =>
        {
            WriteReplacement(json, SpaceMark, " ");
            WriteStep(json, "ByteFallback");
            WriteStep(json, "Fuse");
            WriteStrip(json);
        });
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", NameOf(tokenizer, 0));
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", true);
        json.WriteBoolean("byte_fallback", true);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokenizer.VocabularySize; id++)
            json.WriteNumber(NameOf(tokenizer, id)!, id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (BytePairMerge merge in InOrder(tokenizer))
            json.WriteStringValue($"{NameOf(tokenizer, merge.Left)} {NameOf(tokenizer, merge.Right)}");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>
    /// By rank. Of merges that make the same token, the leftmost in the text is taken here, the first of the list there: so one
    /// whose right part can be another one's left part comes before it. Where that goes both ways, as in a run of one character,
    /// the one with the longer left part does: runs are merged from their beginning.
    /// </summary>
    private static IEnumerable<BytePairMerge> InOrder(ScoreMergingTokenizer tokenizer) => tokenizer.Merges
        .GroupBy(merge => merge.Result)
        .OrderBy(group => group.First().Rank)
        .SelectMany(group => group
            .OrderBy(merge => Math.Min(LeftLength(tokenizer, merge), RightLength(tokenizer, merge)))
            .ThenBy(merge => group.Any(other => other.Right == merge.Left && other != merge) ? 1 : 0)
            .ThenByDescending(merge => LeftLength(tokenizer, merge)));

    private static int LeftLength(ScoreMergingTokenizer tokenizer, BytePairMerge merge) => tokenizer.Vocabulary[merge.Left].Text.Length;

    private static int RightLength(ScoreMergingTokenizer tokenizer, BytePairMerge merge) => tokenizer.Vocabulary[merge.Right].Text.Length;

    /// <summary>As the file writes a token; null where it is not UTF-8.</summary>
    private static string? NameOf(ScoreMergingTokenizer tokenizer, int id)
    {
        byte[] text = tokenizer.Vocabulary[id].Text;
        if (id < ScoreMergingTokenizer.FirstByte)
            return ScoreMergingTokenizer.NameOfSpecial(text);
        try
        {
            return Strict.GetString(text).Replace(" ", SpaceMark, StringComparison.Ordinal);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
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
