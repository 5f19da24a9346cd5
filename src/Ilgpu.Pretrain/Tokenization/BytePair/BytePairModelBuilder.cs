namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Makes a model of a vocabulary and merges as files write them, in <see cref="ByteAlphabet"/>.</summary>
internal static class BytePairModelBuilder
{
    /// <param name="file">For messages.</param>
    /// <param name="ids">Token to id; added tokens may be among them.</param>
    /// <param name="merges">In order.</param>
    /// <param name="added">Whose content is text and not in the alphabet.</param>
    /// <param name="pieces">How text is parted.</param>
    /// <exception cref="InputException">They contradict each other.</exception>
    public static BytePairModel Build(
        string file,
        IReadOnlyDictionary<string, int> ids,
        IReadOnlyList<(string Left, string Right)> merges,
        IReadOnlyList<AddedToken> added,
        PreTokenization pieces)
    {
        RequireAddedToFit(file, ids, added);
        HashSet<string> addedContents = [.. added.Select(token => token.Content)];
        KeyValuePair<string, int>[] texts = [.. ids.Where(entry => !addedContents.Contains(entry.Key))];
        var tokens = new byte[texts.Length == 0 ? 0 : texts.Max(entry => entry.Value) + 1][];
        foreach ((string token, int id) in texts)
        {
            if (token.Length == 0 || !ByteAlphabet.TryRead(token, out byte[]? bytes))
                throw Wrong(file, $"the token '{token}' (id {id}) has a character that stands for no byte: the vocabulary is not one of byte-level BPE");
            if (tokens[id] is { } other)
                throw Wrong(file, $"the tokens '{ByteAlphabet.Write(other)}' and '{token}' have the same id {id}");
            tokens[id] = bytes;
        }

        if (added.FirstOrDefault(token => token.Id < tokens.Length && tokens[token.Id] is not null) is { } conflict)
            throw Wrong(file, $"the added token '{conflict.Content}' has the id {conflict.Id} of the token '{ByteAlphabet.Write(tokens[conflict.Id])}'");
        foreach (byte value in ByteAlphabet.InOrder)
        {
            if (!ids.ContainsKey(ByteAlphabet.Write([value])))
                throw Wrong(file, $"there is no token for the byte 0x{value:X2} ('{ByteAlphabet.Write([value])}'): text that has it could not be written");
        }

        return new BytePairModel
        {
            Tokens = tokens,
            Merges = Merges(file, ids, merges),
            Added = [.. added.OrderBy(token => token.Id)],
            Pieces = pieces,
        };
    }

    private static BytePairMerge[] Merges(string file, IReadOnlyDictionary<string, int> ids, IReadOnlyList<(string Left, string Right)> merges)
    {
        var ranked = new BytePairMerge[merges.Count];
        var rankOf = new Dictionary<(int Left, int Right), int>(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            int Id(string token) => ids.TryGetValue(token, out int id)
                ? id
                : throw Wrong(file, $"merge {rank + 1} ('{left} {right}') has the token '{token}', which the vocabulary lacks");
            ranked[rank] = new BytePairMerge(Id(left), Id(right), Id(left + right), rank);
            if (!rankOf.TryAdd((ranked[rank].Left, ranked[rank].Right), rank))
                throw Wrong(file, $"merge {rank + 1} ('{left} {right}') repeats merge {rankOf[(ranked[rank].Left, ranked[rank].Right)] + 1}");
        }

        return ranked;
    }

    private static void RequireAddedToFit(string file, IReadOnlyDictionary<string, int> ids, IReadOnlyList<AddedToken> added)
    {
        var contents = new Dictionary<string, int>(StringComparer.Ordinal);
        var owners = new Dictionary<int, string>();
        foreach (AddedToken token in added)
        {
            if (token.Content.Length == 0)
                throw Wrong(file, $"the added token with the id {token.Id} is empty");
            if (token.Id is < 0 or >= BytePairModel.LargestVocabulary)
                throw Wrong(file, $"the added token '{token.Content}' has the id {token.Id}; an id is a whole number from 0 to {BytePairModel.LargestVocabulary - 1}");
            if (ids.TryGetValue(token.Content, out int id) && id != token.Id)
                throw Wrong(file, $"'{token.Content}' has the id {id} in the vocabulary and {token.Id} among the added tokens");
            if (!contents.TryAdd(token.Content, token.Id))
                throw Wrong(file, $"the added token '{token.Content}' is there twice");
            if (!owners.TryAdd(token.Id, token.Content))
                throw Wrong(file, $"the added tokens '{owners[token.Id]}' and '{token.Content}' have the same id {token.Id}");
        }
    }

    private static InputException Wrong(string file, string what) => new($"tokenizer: '{file}': {what}");
}
