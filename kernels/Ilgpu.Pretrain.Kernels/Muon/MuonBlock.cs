namespace Ilgpu.Pretrain.Kernels;

/// <summary>A stretch of one matrix of a group: what a tile or a group of threads works on.</summary>
internal struct MuonBlock
{
    /// <summary>Its first element, counted from where the group's first matrix starts.</summary>
    public long Start;

    public int Count;

    /// <summary>The first of its matrix's blocks.</summary>
    public int FirstBlock;

    /// <summary>Blocks of its matrix.</summary>
    public int Blocks;

    /// <summary><see cref="MuonMatrix.UpdateScale"/>.</summary>
    public float Scale;
}
