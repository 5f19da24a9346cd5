using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// An operand whose rows run along K: A of NT and NN, B of NT. Rows of a tile are four chunks long, so two of them fill
/// the banks once and the XOR takes bits 1 and 2 of the row.
/// </summary>
internal readonly struct AlongK : IMatmulOperand
{
    private const int Chunks = 4;

    public static int Consumed => Chunks;

    public static int Leading(int extent, int k) => k;

    public static int Advance(int leading) => Chunks;

    public static MatmulCopies Copies(int thread, int threads, int first, int extent, int width, int leading, int firstK, int endK)
    {
        int row = first + (thread / Chunks);
        int chunk = thread % Chunks;
        int step = threads / Chunks;
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

    public static int Target(int thread, int width, int swizzle) => Chunk(thread / Chunks, thread % Chunks, swizzle);

    public static int Position(int first, int row, int outer, int along, int width, int swizzle) =>
        Chunk(first + (8 * outer) + row, along, swizzle);

    public static int Fragment(int position, int block, int step, int width) => (position ^ (2 * step)) + (16 * Chunks * block);

    public static Bits128 Load(ref Bits128 chunk) => WarpMatrices.Load(ref chunk);

    public static Bits128 Gather(ArrayView<BFloat16> source, int thread, int threads, int copy, int first, int extent, int width, int leading, int k, int endK)
    {
        int row = first + ((thread + (copy * threads)) / Chunks);
        int column = k + (8 * (thread % Chunks));
        return MatmulGather.Chunk(source, ((long)row * leading) + column, row < extent ? endK - column : 0);
    }

    private static int Chunk(int row, int chunk, int swizzle) => (row * Chunks) + (chunk ^ ((row / 2) & swizzle & 3));
}
