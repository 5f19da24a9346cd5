using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>llama2.c's tokenizers in the form of Llama 1 and 2's tokenizer.json: scores become an order of merges.</summary>
internal static class OrderOfScores
{
    private const string SpaceMark = ByteFallbackModel.SpaceMark;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Why the tokenizer has no such form, or null.</summary>
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
            if (id >= ScoreMergingTokenizer.SmallestVocabulary && ByteFallbackModel.ByteOf(name) is not null)
                return $"the token {id}, '{name}', would be taken for a byte";
        }

        var resultOf = new Dictionary<int, int>();
        foreach (BytePairMerge merge in tokenizer.Merges)
        {
            if (!resultOf.TryAdd(merge.Rank, merge.Result) && resultOf[merge.Rank] != merge.Result)
                return $"the tokens {resultOf[merge.Rank]} and {merge.Result} have the same score, and an order of merges has no ties";
        }

        return names.Contains(SpaceMark) ? null : "no token is a space, which would be the bytes of the character U+2581 there";
    }

    /// <param name="tokenizer">Without an obstacle.</param>
    public static ByteFallbackModel ModelOf(ScoreMergingTokenizer tokenizer) => new()
    {
        Tokens = [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(id => id < ScoreMergingTokenizer.FirstByte ? null : NameOf(tokenizer, id))],
        Merges = [.. InOrder(tokenizer).Select((merge, rank) => merge with { Rank = rank })],
        Added = tokenizer.AddedTokens,
        Prefix = SpacePrefix.Another,
        StripsSpace = true,
        Unknown = NameOf(tokenizer, 0),
    };

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
}
