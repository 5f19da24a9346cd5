namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The extents of causal self-attention with grouped key/value heads. Queries, keys and values of a token lie side by
/// side in one row of <see cref="QkvColumns"/> features: all query heads, then all key heads, then all value heads.
/// Row b * Length + t is token t of sequence b.
/// </summary>
/// <param name="Batch">Sequences.</param>
/// <param name="Length">Tokens a sequence.</param>
/// <param name="Heads">Query heads; a multiple of <paramref name="KeyValueHeads"/>.</param>
/// <param name="KeyValueHeads">Key/value heads; query head h reads head h / (Heads / KeyValueHeads).</param>
/// <param name="HeadSize">Features a head; even, for RoPE's pairs.</param>
public readonly record struct AttentionShape(int Batch, int Length, int Heads, int KeyValueHeads, int HeadSize)
{
    /// <summary>Work is counted in 32-bit integers, with room for a last tile that is not full.</summary>
    private const int Most = 1 << 30;

    public int Tokens => Batch * Length;

    /// <summary>Query heads that share one key/value head.</summary>
    public int GroupSize => Heads / KeyValueHeads;

    /// <summary>Features of the attention's output: all query heads.</summary>
    public int OutputColumns => Heads * HeadSize;

    public int KeyValueColumns => KeyValueHeads * HeadSize;

    public int QkvColumns => OutputColumns + (2 * KeyValueColumns);

    /// <summary>Scores are multiplied by this before the softmax.</summary>
    public float Scale => (float)(1.0 / Math.Sqrt(HeadSize));

    /// <summary>Where a query's log-sum-exp lies in (batch * heads) x length.</summary>
    internal long StatisticIndex(int sequence, int head, int token) => ((((long)sequence * Heads) + head) * Length) + token;

    /// <exception cref="ArgumentException">An extent is not positive, the head size is odd, the heads do not group, or there is too much to count.</exception>
    internal void Validate()
    {
        if (Batch < 1 || Length < 1 || Heads < 1 || KeyValueHeads < 1 || HeadSize < 2)
            throw new ArgumentException($"Every extent of attention has to be positive: {this}.");
        if (HeadSize % 2 != 0)
            throw new ArgumentException($"The head size has to be even; it is {HeadSize}.");
        if (Heads % KeyValueHeads != 0)
            throw new ArgumentException($"{Heads} query heads do not share {KeyValueHeads} key/value heads evenly.");
        if ((long)Batch * Length > Most / Heads || (long)Heads * HeadSize > Most / 3)
            throw new ArgumentException($"Attention takes at most {Most} query heads in all tokens, and features in a row; this is too large: {this}.");
    }
}
