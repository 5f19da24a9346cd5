namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// Reads Llama 1 and 2's kind of tokenizer.json: BPE of characters with byte_fallback, spaces as marks. Spaces are prepared
/// by the normalizers Prepend and Replace, or by the pre-tokenizer Metaspace; anything else is refused by name. Every byte has
/// to have a token, so that nothing is unknown and fuse_unk says nothing.
/// </summary>
/// <param name="file">For messages.</param>
/// <param name="root">The whole file.</param>
internal sealed class ByteFallbackTokenizerReader(string file, JsonFields root)
{
    private const string Mark = ByteFallbackModel.SpaceMark;
    private const string Takes = "it takes the normalizers Prepend '\u2581' and Replace ' ' by '\u2581', or the pre-tokenizer Metaspace";

    /// <param name="model">The file's model.</param>
    /// <param name="merges">Of it.</param>
    /// <param name="added">The file's added tokens.</param>
    /// <exception cref="InputException">It asks for something else, or contradicts itself.</exception>
    public ByteFallbackTokenizer Read(JsonFields model, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<AddedToken> added)
    {
        if (model.Flag("ignore_merges"))
            throw Wrong("model.ignore_merges is true, which is not supported with byte_fallback");
        _ = model.Flag("fuse_unk");
        (SpacePrefix prefix, bool parts) = ReadSpaces();
        Dictionary<string, int> texts = model.RequiredObject("vocab").Ids();
        AddedTokenRules.RequireToFit(file, texts, added);
        foreach (AddedToken token in added)
            texts.Remove(token.Content);
        string?[] tokens = Tokens(texts, added);
        foreach (string name in texts.Keys.Where(name => ByteFallbackModel.ByteOf(name) is not null).ToArray())
            texts.Remove(name);
        return new ByteFallbackTokenizer(new ByteFallbackModel
        {
            Tokens = tokens,
            Merges = BytePairModelBuilder.Merges(file, texts, merges, name => WhyMissing(name, added)),
            Added = [.. added.OrderBy(token => token.Id)],
            Prefix = prefix,
            PartsBeforeSpaces = parts,
            StripsSpace = ReadDecoder(),
            Unknown = model.Text("unk_token"),
        });
    }

    private string?[] Tokens(Dictionary<string, int> texts, IReadOnlyList<AddedToken> added)
    {
        var tokens = new string?[texts.Count == 0 ? 0 : texts.Values.Max() + 1];
        foreach ((string token, int id) in texts)
        {
            if (token.Length == 0)
                throw Wrong($"the token of the id {id} is empty");
            if (tokens[id] is { } other)
                throw Wrong($"the tokens '{Printable.Excerpt(other)}' and '{Printable.Excerpt(token)}' have the same id {id}");
            tokens[id] = token;
        }

        if (added.FirstOrDefault(token => token.Id < tokens.Length && tokens[token.Id] is not null) is { } conflict)
            throw Wrong($"the added token '{Printable.Excerpt(conflict.Content)}' has the id {conflict.Id} of the token '{Printable.Excerpt(tokens[conflict.Id]!)}'");
        for (int value = 0; value <= byte.MaxValue; value++)
        {
            if (!texts.ContainsKey(ByteFallbackModel.NameOfByte(value)))
                throw Wrong($"there is no token '{ByteFallbackModel.NameOfByte(value)}' for a byte, and model.byte_fallback is true: text that has it could not be written");
        }

        return texts.ContainsKey(Mark) ? tokens : throw Wrong($"there is no token '{Mark}', which stands for a space");
    }

    private static string WhyMissing(string name, IReadOnlyList<AddedToken> added) =>
        ByteFallbackModel.ByteOf(name) is not null ? "which stands for a byte"
        : added.Any(token => token.Content == name) ? "which is an added or special token"
        : "which the vocabulary lacks";

    private (SpacePrefix Prefix, bool Parts) ReadSpaces()
    {
        JsonFields[] normalizers = Steps("normalizer", "normalizers");
        JsonFields[] before = Steps("pre_tokenizer", "pretokenizers");
        return (normalizers, before) switch
        {
            ([], []) => throw Wrong($"nothing is done with spaces, and model.byte_fallback is true; {Takes}"),
            ([], [var only]) => ReadMetaspace(only),
            ([], _) => throw Wrong($"pre_tokenizer has {before.Length} steps; {Takes}"),
            (_, []) => (ReadNormalizers(normalizers), false),
            _ => throw Wrong($"it has a normalizer and a pre_tokenizer; {Takes}"),
        };
    }

    private SpacePrefix ReadNormalizers(JsonFields[] normalizers)
    {
        bool prepends = false;
        bool replaces = false;
        foreach (JsonFields step in normalizers)
        {
            string type = step.RequiredText("type");
            bool isPrepend = type == "Prepend" && step.RequiredText("prepend") == Mark;
            bool isReplace = type == "Replace" && IsReplacement(step, " ", Mark);
            if (!(isPrepend && !prepends) && !(isReplace && !replaces))
                throw Wrong($"the normalizer {Printable.Excerpt(type)} is not supported as it stands there; {Takes}");
            prepends |= isPrepend;
            replaces |= isReplace;
        }

        if (!replaces)
            throw Wrong($"the normalizer Replace ' ' by '{Mark}' is missing; {Takes}");
        RequireAddedAsWritten();
        return prepends ? SpacePrefix.Another : SpacePrefix.None;
    }

    /// <summary>Special tokens are taken as they are written, and only where that is asked for; the others would be looked for in what normalizers make.</summary>
    private void RequireAddedAsWritten()
    {
        foreach (JsonFields token in root.Objects("added_tokens"))
        {
            if (token.Flag("normalized") && !token.Flag("special"))
                throw Wrong($"the added token '{Printable.Excerpt(token.RequiredText("content"))}' is looked for in normalised text (normalized), which is not supported");
        }
    }

    /// <summary>In older files add_prefix_space says what prepend_scheme does, and a text is always parted.</summary>
    private (SpacePrefix Prefix, bool Parts) ReadMetaspace(JsonFields step)
    {
        string type = step.RequiredText("type");
        if (type != "Metaspace")
            throw Wrong($"the pre-tokenizer {Printable.Excerpt(type)} is not supported with byte_fallback; {Takes}");
        string replacement = step.RequiredText("replacement");
        if (replacement != Mark)
            throw Wrong($"Metaspace writes a space as '{Printable.Excerpt(replacement)}'; it takes '{Mark}'");
        bool parts = step.Find("split") is null || step.Flag("split");
        string? scheme = step.Text("prepend_scheme");
        bool neverByFlag = step.Find("add_prefix_space") is not null && !step.Flag("add_prefix_space");
        if (neverByFlag && scheme is not (null or "never"))
            throw Wrong($"Metaspace has add_prefix_space false and prepend_scheme '{Printable.Excerpt(scheme)}', which contradict each other");
        return (scheme ?? (neverByFlag ? "never" : "always")) switch
        {
            "first" => (SpacePrefix.First, parts),
            "always" => (SpacePrefix.Always, parts),
            "never" => (SpacePrefix.None, parts),
            var other => throw Wrong($"Metaspace has prepend_scheme '{Printable.Excerpt(other)}'; it takes first, always or never"),
        };
    }

    /// <summary>Replace, ByteFallback and Fuse, which are what tokens stand for; then perhaps Strip.</summary>
    /// <returns>Whether a space at the beginning is taken off.</returns>
    private bool ReadDecoder()
    {
        const string Decoders = "it takes Replace '\u2581' by ' ', ByteFallback and Fuse, perhaps with Strip of one ' ' at the start";
        JsonFields[] steps = Steps("decoder", "decoders");
        string types = string.Join(", ", steps.Select(step => step.RequiredText("type")));
        if (types is not ("Replace, ByteFallback, Fuse" or "Replace, ByteFallback, Fuse, Strip"))
            throw Wrong($"the decoder ({(types.Length == 0 ? "none" : Printable.Excerpt(types))}) is not supported with byte_fallback; {Decoders}");
        if (!IsReplacement(steps[0], Mark, " ") || (steps is [.., { } strip] && steps.Length > 3 && !StripsOneSpace(strip)))
            throw Wrong($"the decoder ({types}) is not supported as it stands there; {Decoders}");
        return steps.Length > 3;
    }

    private static bool StripsOneSpace(JsonFields strip) =>
        strip.RequiredText("content") == " " && strip.RequiredId("start") == 1 && strip.RequiredId("stop") == 0;

    private static bool IsReplacement(JsonFields step, string pattern, string content) =>
        step.RequiredObject("pattern").Text("String") == pattern && step.RequiredText("content") == content;

    /// <summary>A step by itself, or those of a sequence; none where there is none.</summary>
    private JsonFields[] Steps(string field, string list) => root.Object(field) switch
    {
        null => [],
        { } sequence when sequence.Text("type") == "Sequence" => [.. sequence.RequiredArray(list).Select((step, i) => new JsonFields(file, $"entry {i + 1} of {field}.{list}", step))],
        { } step => [step],
    };

    private InputException Wrong(string what) => MalformedFile.Because(file, what);
}
