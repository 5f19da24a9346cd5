namespace Ilgpu.Pretrain.Tokenization;

/// <summary>What added tokens have to keep to, in whatever file they stand.</summary>
internal static class AddedTokenRules
{
    /// <param name="file">For messages.</param>
    /// <param name="ids">Token to id; added tokens may be among them.</param>
    /// <param name="added">With ids of the range.</param>
    /// <exception cref="InputException">They contradict each other or the vocabulary.</exception>
    public static void RequireToFit(string file, IReadOnlyDictionary<string, int> ids, IReadOnlyList<AddedToken> added)
    {
        var contents = new HashSet<string>(StringComparer.Ordinal);
        var owners = new Dictionary<int, string>();
        foreach (AddedToken token in added)
        {
            string shown = Printable.Excerpt(token.Content);
            if (token.Content.Length == 0)
                throw MalformedFile.Because(file, $"the added token with the id {token.Id} is empty");
            if (ids.TryGetValue(token.Content, out int id) && id != token.Id)
                throw MalformedFile.Because(file, $"'{shown}' has the id {id} in the vocabulary and {token.Id} among the added tokens");
            if (!contents.Add(token.Content))
                throw MalformedFile.Because(file, $"the added token '{shown}' is there twice");
            if (!owners.TryAdd(token.Id, shown))
                throw MalformedFile.Because(file, $"the added tokens '{owners[token.Id]}' and '{shown}' have the same id {token.Id}");
        }
    }
}
