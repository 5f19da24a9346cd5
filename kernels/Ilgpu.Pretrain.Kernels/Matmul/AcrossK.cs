using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// An operand with a row for each k: B of NN, A and B of TN. Rows of a tile are 8 chunks long or more, each fills the banks,
/// and the XOR takes the three low bits of k. ldmatrix transposes.
/// </summary>
internal readonly struct AcrossK : IMatmulOperand
{
    public static int Leading(int extent, int k) => extent;

    public static int Advance(int leading, MatmulTile tile) => tile.Depth * (leading / 8);

    public static int Consumed(MatmulTile tile) => tile.Depth;

    public static MatmulCopies Copies(int thread, MatmulTile tile, int first, int extent, int leading, int firstK, int endK)
    {
        int chunks = tile.Width / 8;
        int k = firstK + (thread / chunks);
        int column = first + (8 * (thread % chunks));
        int step = tile.Threads / chunks;
        int left = column < extent ? endK - k : 0;
        return new MatmulCopies
        {
            Index = (k * (leading / 8)) + (column / 8),
            Step = step * (leading / 8),
            Left0 = left,
            Left1 = left - step,
            Left2 = left - (2 * step),
            Left3 = left - (3 * step),
        };
    }

    public static int Target(int thread, MatmulTile tile) => Chunk(thread / (tile.Width / 8), thread % (tile.Width / 8), tile);

    public static int Position(int first, int row, int outer, int along, MatmulTile tile) => Chunk((8 * along) + row, (first / 8) + outer, tile);

    public static int Fragment(int position, int block, int step, MatmulTile tile) => (position ^ (2 * block)) + (2 * tile.Width * step);

    public static Bits128 Load(ref Bits128 chunk) => WarpMatrices.LoadTransposed(ref chunk);

    public static Bits128 Gather(ArrayView<BFloat16> source, int thread, int copy, MatmulTile tile, int first, int extent, int leading, int k, int endK)
    {
        int at = thread + (copy * tile.Threads);
        int row = k + (at / (tile.Width / 8));
        int column = first + (8 * (at % (tile.Width / 8)));
        return MatmulGather.Chunk(source, ((long)row * leading) + column, row < endK ? extent - column : 0);
    }

    private static int Chunk(int k, int chunk, MatmulTile tile) => (k * (tile.Width / 8)) + (chunk ^ (k & tile.Swizzle));
}
