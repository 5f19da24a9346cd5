using System.Text;
using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// tokenizer.json of the Hugging Face tokenizers library: byte-level BPE with the pre-tokenisation of GPT-2 or Llama 3,
/// or a word-level vocabulary of single characters. Whatever else such a file can ask for is refused by name.
/// </summary>
internal static class HuggingFaceTokenizerReader
{
    private static readonly string[] UnsupportedOfModel = ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"];
    private static readonly string[] UnsupportedOfAdded = ["single_word", "lstrip", "rstrip"];

    /// <exception cref="InputException">It asks for something else, or contradicts itself.</exception>
    public static Tokenizer Read(string file, JsonElement root)
    {
        if (root.TryGetProperty("normalizer", out JsonElement normalizer) && normalizer.ValueKind != JsonValueKind.Null)
            throw Wrong(file, $"the normalizer {TypeOf(normalizer)} is not supported; it takes none");
        JsonElement model = root.GetProperty("model");
        AddedToken[] added = Added(file, root);
        // Files from before the field was there are BPE by their merges.
        string type = model.TryGetProperty("type", out JsonElement named) ? Text(named) : model.TryGetProperty("merges", out _) ? "BPE" : "unknown";
        return type switch
        {
            "BPE" => ReadBytePair(file, root, model, added),
            "WordLevel" => ReadCharacters(file, root, model, added),
            _ => throw Wrong(file, $"the model '{type}' is not supported; it takes BPE (byte-level)"),
        };
    }

    private static BytePairTokenizer ReadBytePair(string file, JsonElement root, JsonElement model, AddedToken[] added)
    {
        foreach (string unsupported in UnsupportedOfModel)
        {
            if (model.TryGetProperty(unsupported, out JsonElement value) && value.ValueKind != JsonValueKind.Null && Text(value).Length > 0)
                throw Wrong(file, $"the model's {unsupported} is {value}; byte-level BPE has none");
        }

        if (Flag(model, "byte_fallback"))
            throw Wrong(file, "the model falls back to bytes; byte-level BPE has no need to");
        (PreTokenization pieces, bool prefixSpace) = Pieces(file, root);
        Dictionary<string, int> ids = VocabularyAndMerges.ReadVocabulary(file, Required(file, model, "vocab", JsonValueKind.Object));
        List<(string, string)> merges = [.. Required(file, model, "merges", JsonValueKind.Array).EnumerateArray().Select((merge, i) => Merge(file, merge, i))];
        return new BytePairTokenizer(BytePairModelBuilder.Build(file, ids, merges, added, pieces) with
        {
            PrefixSpace = prefixSpace,
            WholePiecesFirst = Flag(model, "ignore_merges"),
        });
    }

    private static (string Left, string Right) Merge(string file, JsonElement merge, int index)
    {
        string[] parts = merge.ValueKind == JsonValueKind.Array
            ? [.. merge.EnumerateArray().Select(Text)]
            : Text(merge).Split(' ');
        return parts is [{ Length: > 0 }, { Length: > 0 }]
            ? (parts[0], parts[1])
            : throw Wrong(file, $"merge {index + 1} is {merge.GetRawText()}; a merge is two tokens");
    }

    /// <summary>GPT-2: ByteLevel with its own pattern. Llama 3: Split by a pattern, then ByteLevel without one.</summary>
    private static (PreTokenization Pieces, bool PrefixSpace) Pieces(string file, JsonElement root)
    {
        JsonElement pre = Required(file, root, "pre_tokenizer", JsonValueKind.Object);
        JsonElement[] steps = TypeOf(pre) == "Sequence" ? [.. Required(file, pre, "pretokenizers", JsonValueKind.Array).EnumerateArray()] : [pre];
        if (steps is [var only] && TypeOf(only) == "ByteLevel" && (!only.TryGetProperty("use_regex", out _) || Flag(only, "use_regex")))
            return (PreTokenization.Gpt2, Flag(only, "add_prefix_space"));
        if (steps is [var split, var bytes]
            && TypeOf(split) == "Split" && TypeOf(bytes) == "ByteLevel"
            && bytes.TryGetProperty("use_regex", out _) && !Flag(bytes, "use_regex")
            && Text(split, "behavior") == "Isolated" && !Flag(split, "invert")
            && split.TryGetProperty("pattern", out JsonElement pattern)
            && PiecePatterns.Find(Text(pattern, "Regex")) is { } pieces)
            return (pieces, Flag(bytes, "add_prefix_space"));
        throw Wrong(file, "the pre-tokenizer is neither GPT-2's (ByteLevel) nor a Split by the pattern of GPT-2 or Llama 3 with ByteLevel behind it");
    }

    private static CharacterTokenizer ReadCharacters(string file, JsonElement root, JsonElement model, AddedToken[] added)
    {
        if (!root.TryGetProperty("pre_tokenizer", out JsonElement pre) || TypeOf(pre) != "Split"
            || !pre.TryGetProperty("pattern", out JsonElement pattern) || Text(pattern, "Regex") != PiecePatterns.EveryCharacter)
            throw Wrong(file, "a word-level model is supported with single characters only, as this program writes it");
        Dictionary<string, int> ids = VocabularyAndMerges.ReadVocabulary(file, Required(file, model, "vocab", JsonValueKind.Object));
        foreach (AddedToken token in added)
        {
            if (ids.TryGetValue(token.Content, out int id) && id != token.Id)
                throw Wrong(file, $"'{token.Content}' has the id {id} in the vocabulary and {token.Id} among the added tokens");
            ids.Remove(token.Content);
        }

        var characters = new Rune?[ids.Count == 0 ? 0 : ids.Values.Max() + 1];
        foreach ((string token, int id) in ids)
        {
            if (Rune.DecodeFromUtf16(token, out Rune character, out int length) != System.Buffers.OperationStatus.Done || length != token.Length)
                throw Wrong(file, $"the token '{token}' is not one character");
            if (characters[id] is { } other)
                throw Wrong(file, $"the tokens '{other}' and '{token}' have the same id {id}");
            characters[id] = character;
        }

        if (added.FirstOrDefault(token => token.Id < characters.Length && characters[token.Id] is not null) is { } conflict)
            throw Wrong(file, $"the added token '{conflict.Content}' has the id {conflict.Id} of the token '{characters[conflict.Id]}'");
        return new CharacterTokenizer(characters, added);
    }

    private static AddedToken[] Added(string file, JsonElement root)
    {
        if (!root.TryGetProperty("added_tokens", out JsonElement list) || list.ValueKind == JsonValueKind.Null)
            return [];
        return [.. list.EnumerateArray().Select(token =>
        {
            string content = Text(token, "content");
            foreach (string unsupported in UnsupportedOfAdded)
            {
                if (Flag(token, unsupported))
                    throw Wrong(file, $"the added token '{content}' asks for {unsupported}, which is not supported");
            }

            return token.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value)
                ? new AddedToken(value, content, Flag(token, "special"))
                : throw Wrong(file, $"the added token '{content}' has no id");
        })];
    }

    private static JsonElement Required(string file, JsonElement from, string name, JsonValueKind kind) =>
        from.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw Wrong(file, $"'{name}' is missing or no {kind.ToString().ToLowerInvariant()}");

    private static bool Flag(JsonElement from, string name) => from.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static string TypeOf(JsonElement element) => Text(element, "type");

    private static string Text(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out JsonElement value) ? Text(value) : "";

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static InputException Wrong(string file, string what) => new($"tokenizer: '{file}': {what}");
}
