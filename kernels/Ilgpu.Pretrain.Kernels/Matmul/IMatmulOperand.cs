using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// How an operand of a product lies in global memory, and so in a tile in shared memory and in what order a warp takes
/// fragments from there. A tile is made of 16-byte chunks, eight elements each.
/// </summary>
/// <remarks>
/// ldmatrix reads eight chunks at a time, which may not meet in the 32 banks: it takes eight different ones of the eight
/// 16-byte columns that the banks make. Chunks of a row are therefore exchanged by an XOR with bits of the row's index.
/// </remarks>
internal interface IMatmulOperand
{
    /// <summary>Elements of a row in global memory.</summary>
    /// <param name="extent">Rows of A, columns of B.</param>
    /// <param name="k">Extent along K.</param>
    static abstract int Leading(int extent, int k);

    /// <summary>From one tile to the next along K, in chunks of global memory.</summary>
    static abstract int Advance(int leading, MatmulTile tile);

    /// <summary>How much of <see cref="MatmulCopies.Left0"/> a tile uses up.</summary>
    static abstract int Consumed(MatmulTile tile);

    /// <summary>What a thread copies of each tile. Its copies are as many chunks apart in the tile as there are threads.</summary>
    /// <param name="thread">Index in the group.</param>
    /// <param name="tile">The operand's part of a tile.</param>
    /// <param name="first">First row of A, column of B.</param>
    /// <param name="extent">All rows of A, columns of B.</param>
    /// <param name="leading">Elements of a row in global memory.</param>
    /// <param name="firstK">Where the first tile starts.</param>
    /// <param name="endK">Where K ends.</param>
    static abstract MatmulCopies Copies(int thread, MatmulTile tile, int first, int extent, int leading, int firstK, int endK);

    /// <summary>Where in the tile a thread's first copy goes.</summary>
    static abstract int Target(int thread, MatmulTile tile);

    /// <summary>The chunk that a lane names to ldmatrix for its warp's first fragment.</summary>
    /// <param name="first">The warp's first row of A, column of B in the tile.</param>
    /// <param name="row">The lane's row in its 8 x 8 matrix.</param>
    /// <param name="outer">1 for the matrices of rows of A, columns of B, 8 to 15.</param>
    /// <param name="along">1 for those of 8 to 15 along K.</param>
    /// <param name="tile">The operand's part of a tile.</param>
    static abstract int Position(int first, int row, int outer, int along, MatmulTile tile);

    /// <summary>The same for the fragment <paramref name="block"/> times 16 rows of A (columns of B) and <paramref name="step"/> times 16 of K further on.</summary>
    static abstract int Fragment(int position, int block, int step, MatmulTile tile);

    /// <summary>Four 8 x 8 matrices.</summary>
    static abstract Bits128 Load(ref Bits128 chunk);

    /// <summary>Copy number <paramref name="copy"/> of a thread, element by element, for operands that are not aligned to chunks.</summary>
    /// <param name="source">The operand.</param>
    /// <param name="thread">Index in the group.</param>
    /// <param name="copy">Which of the thread's.</param>
    /// <param name="tile">The operand's part of a tile.</param>
    /// <param name="first">First row of A, column of B.</param>
    /// <param name="extent">All rows of A, columns of B.</param>
    /// <param name="leading">Elements of a row in global memory.</param>
    /// <param name="k">Where the tile starts.</param>
    /// <param name="endK">Where K ends.</param>
    static abstract Bits128 Gather(ArrayView<BFloat16> source, int thread, int copy, MatmulTile tile, int first, int extent, int leading, int k, int endK);
}
