namespace Ilgpu.Pretrain.Kernels;

/// <summary>How <see cref="OutputHead{T}"/> goes through the tokens.</summary>
public static class OutputHead
{
    /// <summary>Tokens a chunk, decided by the shape alone: as many as keep a chunk's logits near 4 MB, but 256 at least.</summary>
    /// <remarks>
    /// Each chunk goes through the whole of the weights and their gradient, which a large vocabulary takes from memory: with
    /// 50257 words and width 768 on two cores, chunks of 256 tokens took .7 of the time of chunks of 64, and larger ones hardly
    /// less than that. With a small vocabulary a chunk that stays in cache is the faster one.
    /// </remarks>
    public static int ChunkTokens(int tokens, int vocabulary)
    {
        const int TargetLogits = 1 << 20;
        const int LeastTokens = 256;
        return Math.Min(tokens, Math.Max(LeastTokens, TargetLogits / vocabulary / 64 * 64));
    }

    /// <summary>Tokens a chunk where products run on tensor cores: enough to fill a large GPU, and logits of at most 256 MB or 256 tokens.</summary>
    public static int TensorCoreChunkTokens(int tokens, int vocabulary)
    {
        const int MostLogits = 1 << 26;
        const int LeastTokens = 256;
        return Math.Min(tokens, Math.Max(LeastTokens, MostLogits / vocabulary / LeastTokens * LeastTokens));
    }
}
