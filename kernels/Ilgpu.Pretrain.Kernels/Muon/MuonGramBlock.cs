namespace Ilgpu.Pretrain.Kernels;

/// <summary>A stretch of one square matrix of order <see cref="Order"/> among those that a group's iteration works with.</summary>
internal struct MuonGramBlock
{
    /// <summary>Its first element in memory, counted from where the group's first square matrix starts.</summary>
    public long Start;

    /// <summary>The same, counted from where its own matrix starts: multiples of Order + 1 lie on the diagonal.</summary>
    public long Within;

    public int Count;

    public int Order;
}
