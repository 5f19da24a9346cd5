using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Generation;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// One model's logits. The cache is kept from sequence to sequence, and so are the logits that were asked for behind what it
/// holds: what a sequence begins with like the one before is not computed again, whoever asks.
/// </summary>
/// <param name="decoder">Of one sequence; its owner is the caller.</param>
internal sealed class MemberLogits(ITokenDecoder decoder) : INextLogits
{
    private readonly List<int> held = [];

    /// <summary>Behind each token that is held: the logits, where they were asked for.</summary>
    private readonly List<float[]?> remembered = [];

    private readonly Stack<float[]> spare = new();

    public int Models => 1;

    public int Capacity => decoder.Capacity;

    public int Vocabulary => decoder.Vocabulary;

    /// <summary>Tokens that went through the model so far.</summary>
    public long ComputedTokens { get; private set; }

    public ReadOnlySpan<float> Behind(ReadOnlySpan<int> ids)
    {
        int common = CollectionsMarshal.AsSpan(held).CommonPrefixLength(ids);
        if (common == ids.Length && remembered[common - 1] is { } known)
            return known;
        // The last one's logits are wanted.
        common = Math.Min(common, ids.Length - 1);
        Forget(common);
        decoder.Rewind(common);
        foreach (int id in ids[common..^1])
            Step(id, null);
        float[] logits = spare.TryPop(out float[]? used) ? used : new float[Vocabulary];
        Step(ids[^1], logits);
        return logits;
    }

    private void Forget(int from)
    {
        foreach (float[]? logits in CollectionsMarshal.AsSpan(remembered)[from..])
        {
            if (logits is not null)
                spare.Push(logits);
        }

        held.RemoveRange(from, held.Count - from);
        remembered.RemoveRange(from, remembered.Count - from);
    }

    private void Step(int id, float[]? logits)
    {
        decoder.Step([id], logits);
        held.Add(id);
        remembered.Add(logits);
        ComputedTokens++;
    }
}
