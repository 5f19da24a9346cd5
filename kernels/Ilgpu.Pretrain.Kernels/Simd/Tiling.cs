namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// How Cpu kernels cut rows into tiles. A launch and each of its groups cost microseconds, so a tile has to carry tens of
/// them; a tile's extent follows from the shape alone, never from the number of threads.
/// </summary>
internal static class Tiling
{
    /// <summary>Elements an element-wise tile has at least, where there are so many.</summary>
    private const int ElementsPerTile = 1 << 14;

    public static int RowsPerTile(int columns) => Math.Max(1, ElementsPerTile / Math.Max(1, columns));

    public static int Count(long extent, int perTile) => checked((int)((extent + perTile - 1) / perTile));
}
