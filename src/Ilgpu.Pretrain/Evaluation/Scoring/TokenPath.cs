namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Tokens of which the last ones are scored, each by its probability behind all before it.</summary>
/// <param name="Owner">What the scores belong to; several paths may be one owner's.</param>
/// <param name="Ids">Two at least. All but the last go through the models.</param>
/// <param name="First">The first scored token, from 1.</param>
internal readonly record struct TokenPath(int Owner, ReadOnlyMemory<int> Ids, int First)
{
    /// <summary>Tokens that the models see.</summary>
    public int Length => Ids.Length - 1;

    public int Scored => Ids.Length - First;

    /// <summary>
    /// The paths of a sequence that scores all from one token on. The last token that fits is scored behind a full window:
    /// what does not fit is cut off at the left. More scored tokens than half a window go in pieces of that many where the
    /// sequence is longer than a window, so that each token has half a window before it at least.
    /// </summary>
    /// <param name="owner">Of the scores.</param>
    /// <param name="ids">Two at least.</param>
    /// <param name="first">The first scored token, from 1.</param>
    /// <param name="window">Tokens that a model sees at most.</param>
    public static IEnumerable<TokenPath> Of(int owner, ReadOnlyMemory<int> ids, int first, int window)
    {
        if (ids.Length - 1 <= window)
        {
            yield return new TokenPath(owner, ids, first);
            yield break;
        }

        int piece = ids.Length - first <= window ? ids.Length - first : Math.Max(1, window / 2);
        for (int start = first; start < ids.Length; start += piece)
        {
            int end = Math.Min(start + piece, ids.Length);
            int from = Math.Max(0, end - 1 - window);
            yield return new TokenPath(owner, ids[from..end], start - from);
        }
    }
}
