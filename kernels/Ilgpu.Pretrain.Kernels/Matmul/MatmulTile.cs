namespace Ilgpu.Pretrain.Kernels;

/// <summary>An operand's part of a tile in shared memory; constants, which compiling folds.</summary>
internal struct MatmulTile
{
    /// <summary>Rows of A, columns of B.</summary>
    public int Width;

    /// <summary>Extent along K, 32 or 16.</summary>
    public int Depth;

    /// <summary>Threads of the group.</summary>
    public int Threads;

    /// <summary>7, or 0 for 16-byte chunks in plain order: see <see cref="IMatmulOperand"/>.</summary>
    public int Swizzle;
}
