using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// tokenizer.json of the Hugging Face tokenizers library: byte-level BPE with the pre-tokenisation of GPT-2 or Llama 3, BPE
/// with byte_fallback as Llama 1 and 2 have it, or a word-level vocabulary of single characters. What else decides the ids of
/// a text is refused by name; what is done with the ids then (post-processing, truncation, padding) is left to the caller.
/// </summary>
internal static class HuggingFaceTokenizerReader
{
    private static readonly string[] UnsupportedOfModel = ["dropout", "continuing_subword_prefix", "end_of_word_suffix"];
    private static readonly string[] UnsupportedOfAdded = ["single_word", "lstrip", "rstrip"];

    /// <exception cref="InputException">It asks for something else, or contradicts itself.</exception>
    public static Tokenizer Read(string file, JsonElement json)
    {
        var root = new JsonFields(file, "", json);
        JsonFields model = root.RequiredObject("model");
        AddedToken[] added = [.. root.Objects("added_tokens").Select(token => Added(file, token))];
        // Files from before the field was there are BPE by their merges.
        string type = model.Find("type") is null && model.Find("merges") is not null ? "BPE" : model.RequiredText("type");
        return type switch
        {
            "BPE" => ReadBytePair(file, root, model, added),
            "WordLevel" => ReadCharacters(file, root, model, added),
            _ => throw MalformedFile.Because(file, $"the model '{Printable.Excerpt(type)}' is not supported; it takes BPE (byte-level)"),
        };
    }

    private static void RequireNoNormalizer(string file, JsonFields root)
    {
        if (root.Object("normalizer") is { } normalizer)
            throw MalformedFile.Because(file, $"the normalizer {Printable.Excerpt(normalizer.Text("type") ?? "")} is not supported; it takes none, where model.byte_fallback is not true");
    }

    private static Tokenizer ReadBytePair(string file, JsonFields root, JsonFields model, AddedToken[] added)
    {
        foreach (string unsupported in UnsupportedOfModel)
        {
            if (model.Find(unsupported) is { } value && !(value.ValueKind == JsonValueKind.String && value.ValueEquals("")))
                throw MalformedFile.Because(file, $"model.{unsupported} is {JsonFields.Shown(value)}; it takes none");
        }

        // A token for what is unknown is never used: the vocabulary has to have every byte.
        _ = model.Text("unk_token");
        (string Left, string Right)[] merges = [.. model.RequiredArray("merges").Select((merge, i) => Merge(file, merge, i + 1))];
        if (model.Flag("byte_fallback"))
            return new ByteFallbackTokenizerReader(file, root).Read(model, merges, added);
        RequireNoNormalizer(file, root);
        (PreTokenization pieces, bool prefixSpace) = Pieces(file, root.RequiredObject("pre_tokenizer"));
        bool wholePiecesFirst = model.Flag("ignore_merges");
        BytePairModel read = BytePairModelBuilder.Build(
            file,
            model.RequiredObject("vocab").Ids(),
            merges,
            added,
            pieces,
            wholePiecesFirst) with
        { PrefixSpace = prefixSpace };
        return ByteTokenizer.Is(read) ? ByteTokenizer.Instance : new BytePairTokenizer(read);
    }

    private static (string Left, string Right) Merge(string file, JsonElement merge, int number)
    {
        string[] parts = merge.ValueKind switch
        {
            JsonValueKind.Array when merge.GetArrayLength() == 2 => [.. merge.EnumerateArray().Select(part => JsonFields.TextOf(file, $"a token of merge {number}", part))],
            JsonValueKind.String => merge.GetString()!.Split(' '),
            _ => [],
        };
        return parts is [{ Length: > 0 }, { Length: > 0 }]
            ? (parts[0], parts[1])
            : throw MalformedFile.Because(file, $"merge {number} is {JsonFields.Shown(merge)}; a merge is two tokens");
    }

    /// <summary>GPT-2: ByteLevel with its own pattern. Llama 3: Split by a pattern, then ByteLevel without one.</summary>
    private static (PreTokenization Pieces, bool PrefixSpace) Pieces(string file, JsonFields pre)
    {
        JsonFields[] steps = pre.Text("type") == "Sequence" ? [.. pre.Objects("pretokenizers")] : [pre];
        if (steps is [var only] && only.Text("type") == "ByteLevel" && UsesPattern(only))
            return (PreTokenization.Gpt2, only.Flag("add_prefix_space"));
        if (steps is [var split, var bytes] && bytes.Text("type") == "ByteLevel" && !UsesPattern(bytes)
            && PatternOfSplit(split) is { } pattern && PiecePatterns.Find(pattern) is { } pieces)
        {
            // There each piece would get a space, not only the text.
            return bytes.Flag("add_prefix_space")
                ? throw MalformedFile.Because(file, "the pre-tokenizer puts a space before each piece (add_prefix_space of ByteLevel behind a Split), which is not supported")
                : (pieces, false);
        }

        throw MalformedFile.Because(file, "the pre-tokenizer is neither GPT-2's (ByteLevel) nor a Split by the pattern of GPT-2 or Llama 3 with ByteLevel behind it");
    }

    private static bool UsesPattern(JsonFields byteLevel) => byteLevel.Find("use_regex") is null || byteLevel.Flag("use_regex");

    /// <summary>The regular expression whose matches a step makes pieces of, or null where it does something else.</summary>
    private static string? PatternOfSplit(JsonFields step) =>
        step.Text("type") == "Split" && step.Text("behavior") == "Isolated" && !step.Flag("invert")
            ? step.Object("pattern")?.Text("Regex")
            : null;

    private static CharacterTokenizer ReadCharacters(string file, JsonFields root, JsonFields model, AddedToken[] added)
    {
        RequireNoNormalizer(file, root);
        if (root.Object("pre_tokenizer") is not { } pre || PatternOfSplit(pre) != PiecePatterns.EveryCharacter)
            throw MalformedFile.Because(file, "a word-level model is supported with single characters only, as this program writes it");
        if (added.FirstOrDefault(token => !token.Special) is { } text)
            throw MalformedFile.Because(file, $"the added token '{text.Content}' is not special; a vocabulary of characters takes special ones only");
        Dictionary<string, int> ids = model.RequiredObject("vocab").Ids();
        AddedTokenRules.RequireToFit(file, ids, added);
        foreach (AddedToken token in added)
            ids.Remove(token.Content);
        var characters = new Rune?[ids.Count == 0 ? 0 : ids.Values.Max() + 1];
        foreach ((string token, int id) in ids)
        {
            if (Rune.DecodeFromUtf16(token, out Rune character, out int length) != OperationStatus.Done || length != token.Length)
                throw MalformedFile.Because(file, $"the token '{Printable.Excerpt(token)}' is not one character");
            if (characters[id] is { } other)
                throw MalformedFile.Because(file, $"the tokens '{other}' and '{token}' have the same id {id}");
            characters[id] = character;
        }

        if (added.FirstOrDefault(token => token.Id < characters.Length && characters[token.Id] is not null) is { } conflict)
            throw MalformedFile.Because(file, $"the added token '{conflict.Content}' has the id {conflict.Id} of the token '{characters[conflict.Id]}'");
        return new CharacterTokenizer(characters, added);
    }

    private static AddedToken Added(string file, JsonFields token)
    {
        string content = token.RequiredText("content");
        if (Array.Find(UnsupportedOfAdded, token.Flag) is { } unsupported)
            throw MalformedFile.Because(file, $"the added token '{content}' asks for {unsupported}, which is not supported");
        return new AddedToken(token.RequiredId("id"), content, token.Flag("special"));
    }
}
