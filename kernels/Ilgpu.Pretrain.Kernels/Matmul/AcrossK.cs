using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// An operand with a row for each k: B of NN, A and B of TN. Rows of a tile are 8 or 16 chunks long, each fills the banks,
/// and the XOR takes the three low bits of k. ldmatrix transposes.
/// </summary>
internal readonly struct AcrossK : IMatmulOperand
{
    private const int Depth = 32;

    public static int Consumed => Depth;

    public static int Leading(int extent, int k) => extent;

    public static int Advance(int leading) => Depth * (leading / 8);

    public static MatmulCopies Copies(int thread, int threads, int first, int extent, int width, int leading, int firstK, int endK)
    {
        int chunks = width / 8;
        int k = firstK + (thread / chunks);
        int column = first + (8 * (thread % chunks));
        int step = threads / chunks;
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

    public static int Target(int thread, int width, int swizzle) => Chunk(thread / (width / 8), thread % (width / 8), width, swizzle);

    public static int Position(int first, int row, int outer, int along, int width, int swizzle) =>
        Chunk((8 * along) + row, (first / 8) + outer, width, swizzle);

    public static int Fragment(int position, int block, int step, int width) => (position ^ (2 * block)) + (16 * (width / 8) * step);

    public static Bits128 Load(ref Bits128 chunk) => WarpMatrices.LoadTransposed(ref chunk);

    public static Bits128 Gather(ArrayView<BFloat16> source, int thread, int threads, int copy, int first, int extent, int width, int leading, int k, int endK)
    {
        int at = thread + (copy * threads);
        int row = k + (at / (width / 8));
        int column = first + (8 * (at % (width / 8)));
        return MatmulGather.Chunk(source, ((long)row * leading) + column, row < endK ? extent - column : 0);
    }

    private static int Chunk(int k, int chunk, int width, int swizzle) => (k * (width / 8)) + (chunk ^ (k & swizzle));
}
