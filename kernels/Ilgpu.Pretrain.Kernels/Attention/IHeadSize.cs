namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A head size that tensor-core kernels are compiled for. Rows of a tile lie in shared memory as chunks of eight bf16
/// numbers, 16 bytes; a swizzle moves the chunks within their row, so that the eight rows that one phase of ldmatrix reads
/// in a chunk's column lie in different banks.
/// </summary>
internal interface IHeadSize
{
    /// <summary>Features a head; a multiple of 32.</summary>
    static abstract int Size { get; }

    /// <summary>
    /// Binary logarithm of the threads that copy one row side by side; they divide its chunks, so that eight threads write to
    /// different banks.
    /// </summary>
    static abstract int CopyShift { get; }

    /// <summary>Rows of a block that streams through shared memory in the backward pass; four fit in 48 KB.</summary>
    static abstract int StreamRows { get; }

    /// <summary>Where chunk <paramref name="chunk"/> of row <paramref name="row"/> lies in its row; of the row, bits 0 to 2 matter.</summary>
    static abstract int Swizzle(int row, int chunk);

    /// <summary>
    /// Where the chunks of step <paramref name="step"/>, 16 features each, lie for a lane that finds those of step 0 at
    /// <paramref name="start"/>: in an instruction or two, and in the same way in each tile.
    /// </summary>
    static abstract int Step(int start, int step);
}
