namespace Ilgpu.Pretrain.Kernels;

/// <summary>How the features of a row lie in memory; decided on the host.</summary>
internal struct RowLayout
{
    public int Features;

    /// <summary>1 where four features at a time are aligned, else 0.</summary>
    public int Vectors;

    /// <summary>Fours of features, the last filled up.</summary>
    public readonly int Quads => (Features + 3) / 4;
}
