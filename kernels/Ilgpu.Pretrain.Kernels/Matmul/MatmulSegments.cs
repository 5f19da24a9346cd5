namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// How GPUs sum weight gradients, whose K are tokens: in segments that are computed side by side, since weights have too few
/// tiles to fill a GPU, and added in order: <c>((addend + first) + second) + ...</c>. K alone decides how it is cut.
/// </summary>
/// <remarks>
/// Where tiles are few, a group waits with its sums until its tile has got the segment before
/// (<see cref="MatmulBlock.WaitForTurn"/>): a counter a tile is all the memory that takes, C itself holds what was added so
/// far, and the segments of a tile, which end at about the same time, find it in L2. Where tiles are many, each segment
/// is a launch of its own.
/// </remarks>
internal static class MatmulSegments
{
    /// <summary>Tiles of a launch whose segments wait for each other.</summary>
    public const int MostWaitingTiles = 1024;

    /// <summary>The least that is worth a second pass over C: 16 times a large tile's own 128.</summary>
    public const int LeastLength = 2048;

    private const int Most = 8;
    private const int Unit = 32;

    /// <summary>How much of K a segment has: whole tiles along K, eight segments at most.</summary>
    public static int Length(int k, int leastLength = LeastLength)
    {
        int segments = Math.Clamp(k / leastLength, 1, Most);
        return Math.Max(1, Tiling.Count(Tiling.Count(k, segments), Unit)) * Unit;
    }
}
