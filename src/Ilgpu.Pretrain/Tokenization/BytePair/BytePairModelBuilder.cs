namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Makes a model of a vocabulary and merges as files write them, in <see cref="ByteAlphabet"/>.</summary>
internal static class BytePairModelBuilder
{
    /// <param name="file">For messages.</param>
    /// <param name="ids">Token to id; added tokens may be among them.</param>
    /// <param name="merges">In order.</param>
    /// <param name="added">Whose content is text and not in the alphabet.</param>
    /// <param name="pieces">How text is parted.</param>
    /// <param name="wholePiecesFirst">Whether a piece that is a token is taken whole.</param>
    /// <exception cref="InputException">They contradict each other.</exception>
    public static BytePairModel Build(
        string file,
        IReadOnlyDictionary<string, int> ids,
        IReadOnlyList<(string Left, string Right)> merges,
        IReadOnlyList<AddedToken> added,
        PreTokenization pieces,
        bool wholePiecesFirst = false)
    {
        AddedTokenRules.RequireToFit(file, ids, added);
        var texts = new Dictionary<string, int>(ids, StringComparer.Ordinal);
        foreach (AddedToken token in added)
            texts.Remove(token.Content);
        byte[]?[] tokens = Tokens(file, texts);
        if (added.FirstOrDefault(token => token.Id < tokens.Length && tokens[token.Id] is not null) is { } conflict)
            throw MalformedFile.Because(file, $"the added token {Shown(conflict.Content)} has the id {conflict.Id} of the token {Shown(tokens[conflict.Id])}");
        return new BytePairModel
        {
            Tokens = tokens,
            Merges = Merges(file, texts, merges, name => added.Any(token => token.Content == name) ? "which is an added or special token" : "which the vocabulary lacks", wholePiecesFirst),
            Added = [.. added.OrderBy(token => token.Id)],
            Pieces = pieces,
            WholePiecesFirst = wholePiecesFirst,
        };
    }

    private static byte[]?[] Tokens(string file, Dictionary<string, int> texts)
    {
        var tokens = new byte[texts.Count == 0 ? 0 : texts.Values.Max() + 1][];
        foreach ((string token, int id) in texts)
        {
            if (token.Length == 0)
                throw MalformedFile.Because(file, $"the token of the id {id} is empty");
            if (!ByteAlphabet.TryRead(token, out byte[]? bytes))
                throw MalformedFile.Because(file, $"the token {Shown(token)} (id {id}) has a character that stands for no byte: the vocabulary is not one of byte-level BPE");
            if (tokens[id] is { } other)
                throw MalformedFile.Because(file, $"the tokens {Shown(other)} and {Shown(token)} have the same id {id}");
            tokens[id] = bytes;
        }

        foreach (byte value in ByteAlphabet.InOrder)
        {
            string name = ByteAlphabet.Write([value]);
            if (!texts.ContainsKey(name))
                throw MalformedFile.Because(file, $"there is no token for the byte 0x{value:X2} ('{name}'): text that has it could not be written");
        }

        return tokens;
    }

    /// <summary>
    /// A rank each. But where whole pieces come first, the file was made of tiktoken's, whose ranks are those of tokens:
    /// it lists every way to part a token, one after the other, and all of them are of one rank.
    /// </summary>
    /// <param name="file">For messages.</param>
    /// <param name="texts">The id of each token of text.</param>
    /// <param name="merges">In order.</param>
    /// <param name="whyMissing">Of a token that is no such: what is wrong with it.</param>
    /// <param name="equalRanks">Whether merges that make the same token, one after the other, have one rank.</param>
    /// <exception cref="InputException">A merge has a token that is none of text, or is there twice.</exception>
    internal static BytePairMerge[] Merges(
        string file,
        Dictionary<string, int> texts,
        IReadOnlyList<(string Left, string Right)> merges,
        Func<string, string> whyMissing,
        bool equalRanks = false)
    {
        var ranked = new BytePairMerge[merges.Count];
        var numbers = new Dictionary<(int Left, int Right), int>(merges.Count);
        int rank = -1;
        for (int i = 0; i < merges.Count; i++)
        {
            (string left, string right) = merges[i];
            int result = Id(i, left + right);
            if (!equalRanks || i == 0 || ranked[i - 1].Result != result)
                rank++;
            ranked[i] = new BytePairMerge(Id(i, left), Id(i, right), result, rank);
            if (!numbers.TryAdd((ranked[i].Left, ranked[i].Right), i + 1))
                throw MalformedFile.Because(file, $"{Name(i)} repeats merge {numbers[(ranked[i].Left, ranked[i].Right)]}");
        }

        return ranked;

        int Id(int merge, string token)
        {
            if (texts.TryGetValue(token, out int id))
                return id;
            throw MalformedFile.Because(file, $"{Name(merge)} has the token {Shown(token)}, {whyMissing(token)}");
        }

        string Name(int merge) => $"merge {merge + 1} ('{Printable.Excerpt(merges[merge].Left)} {Printable.Excerpt(merges[merge].Right)}')";
    }

    private static string Shown(byte[]? token) => Shown(ByteAlphabet.Write(token));

    private static string Shown(string token) => $"'{Printable.Excerpt(token)}'";
}
