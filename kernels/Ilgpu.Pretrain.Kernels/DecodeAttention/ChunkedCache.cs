namespace Ilgpu.Pretrain.Kernels;

/// <summary>How far a key/value cache is filled, and into how many chunks that is cut.</summary>
internal struct ChunkedCache
{
    /// <summary>The new token's.</summary>
    public int Position;

    /// <summary>Positions of a chunk; the last has what is left.</summary>
    public int ChunkLength;

    public int Chunks;
}
