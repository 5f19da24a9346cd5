using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Chunks of operands whose rows do not start at multiples of 16 bytes.</summary>
internal static class MatmulGather
{
    /// <summary>Eight elements from <paramref name="start"/> on; zeros from the <paramref name="count"/>-th on.</summary>
    public static Bits128 Chunk(ArrayView<BFloat16> source, long start, int count) => new()
    {
        X = Pair(source, start, count),
        Y = Pair(source, start + 2, count - 2),
        Z = Pair(source, start + 4, count - 4),
        W = Pair(source, start + 6, count - 6),
    };

    private static int Pair(ArrayView<BFloat16> source, long start, int count)
    {
        int low = count > 0 ? source[start].Bits : 0;
        int high = count > 1 ? source[start + 1].Bits : 0;
        return low | (high << 16);
    }
}
