using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The tile of C and the segment of K that a group computes.</summary>
/// <remarks>
/// Groups that run at the same time are neighbours in C: they go down eight tiles before they step to the right, so that
/// about as many rows of A as columns of B are in use and both are found in the L2 cache. All tiles of a segment come
/// before those of the next: a group waits for none that could start after it.
/// </remarks>
internal struct MatmulBlock
{
    private const int GroupedTileRows = 8;

    /// <summary>First row of C.</summary>
    public int Row;

    /// <summary>First column of C.</summary>
    public int Column;

    /// <summary>First element of the segment along K.</summary>
    public int FirstK;

    /// <summary>End of the segment along K.</summary>
    public int EndK;

    public int Tile;
    public int Segment;

    /// <param name="group">Index of the group in its launch.</param>
    /// <param name="launch">The launch.</param>
    /// <param name="rows">Rows of a tile.</param>
    /// <param name="columns">Columns of a tile.</param>
    public static MatmulBlock Of(int group, MatmulLaunch launch, int rows, int columns)
    {
        int tiles = launch.TileRows * launch.TileColumns;
        int segment = group / tiles;
        int tile = group - (segment * tiles);
        int perBand = GroupedTileRows * launch.TileColumns;
        int band = tile / perBand;
        int within = tile - (band * perBand);
        int firstTileRow = band * GroupedTileRows;
        int bandRows = Math.Min(launch.TileRows - firstTileRow, GroupedTileRows);
        int tileColumn = within / bandRows;
        segment += launch.FirstSegment;
        int firstK = segment * launch.SegmentLength;
        return new MatmulBlock
        {
            Row = (firstTileRow + within - (tileColumn * bandRows)) * rows,
            Column = tileColumn * columns,
            FirstK = firstK,
            EndK = Math.Min(launch.K, firstK + launch.SegmentLength),
            Tile = tile,
            Segment = segment,
        };
    }

    /// <summary>Returns when the segments before this one have been added to the tile. All threads of the group come here.</summary>
    public static void WaitForTurn(MatmulBlock block, MatmulLaunch launch, ArrayView<int> turns)
    {
        if (launch.Segments == 1)
            return;
        if (Group.IdxX == 0)
        {
            while (Atomic.Add(ref turns[block.Tile], 0) != block.Segment)
            {
            }

            MemoryFence.DeviceLevel();
        }

        Group.Barrier();
    }

    /// <summary>Lets the next segment add to the tile; after the last one the tile is as before the launch.</summary>
    public static void PassTurn(MatmulBlock block, MatmulLaunch launch, ArrayView<int> turns)
    {
        if (launch.Segments == 1)
            return;
        MemoryFence.DeviceLevel();
        Group.Barrier();
        if (Group.IdxX == 0)
            Atomic.Exchange(ref turns[block.Tile], block.Segment + 1 == launch.Segments ? 0 : block.Segment + 1);
    }
}
