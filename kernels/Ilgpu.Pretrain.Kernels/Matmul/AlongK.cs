using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// An operand whose rows run along K: A of NT and NN, B of NT. Rows of a tile are four (two) chunks long, so two (four) of
/// them fill the banks once, and the XOR takes the bits of the row above those.
/// </summary>
internal readonly struct AlongK : IMatmulOperand
{
    public static int Leading(int extent, int k) => k;

    public static int Advance(int leading, MatmulTile tile) => tile.Depth / 8;

    public static int Consumed(MatmulTile tile) => tile.Depth / 8;

    public static MatmulCopies Copies(int thread, MatmulTile tile, int first, int extent, int leading, int firstK, int endK)
    {
        int chunks = tile.Depth / 8;
        int row = first + (thread / chunks);
        int chunk = thread % chunks;
        int step = tile.Threads / chunks;
        int left = ((endK - firstK) / 8) - chunk;
        return new MatmulCopies
        {
            Index = (row * (leading / 8)) + (firstK / 8) + chunk,
            Step = step * (leading / 8),
            Left0 = row < extent ? left : 0,
            Left1 = row + step < extent ? left : 0,
            Left2 = row + (2 * step) < extent ? left : 0,
            Left3 = row + (3 * step) < extent ? left : 0,
        };
    }

    public static int Target(int thread, MatmulTile tile) => Chunk(thread / (tile.Depth / 8), thread % (tile.Depth / 8), tile);

    public static int Position(int first, int row, int outer, int along, MatmulTile tile) => Chunk(first + (8 * outer) + row, along, tile);

    public static int Fragment(int position, int block, int step, MatmulTile tile) => (position ^ (2 * step)) + (2 * tile.Depth * block);

    public static Bits128 Load(ref Bits128 chunk) => WarpMatrices.Load(ref chunk);

    public static Bits128 Gather(ArrayView<BFloat16> source, int thread, int copy, MatmulTile tile, int first, int extent, int leading, int k, int endK)
    {
        int at = thread + (copy * tile.Threads);
        int row = first + (at / (tile.Depth / 8));
        int column = k + (8 * (at % (tile.Depth / 8)));
        return MatmulGather.Chunk(source, ((long)row * leading) + column, row < extent ? endK - column : 0);
    }

    private static int Chunk(int row, int chunk, MatmulTile tile)
    {
        int chunks = tile.Depth / 8;
        return (row * chunks) + (chunk ^ (row * chunks / 8 & tile.Swizzle & (chunks - 1)));
    }
}
