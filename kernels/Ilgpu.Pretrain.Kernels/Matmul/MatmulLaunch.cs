namespace Ilgpu.Pretrain.Kernels;

/// <summary>What a kernel for GPUs is told of a product: extents, how C is cut into tiles, how K is cut into segments.</summary>
internal struct MatmulLaunch
{
    /// <summary>An addend is read; segments after the first add to what C holds whether or not.</summary>
    public const int Adds = 1;

    /// <summary>C is bf16.</summary>
    public const int Rounds = 2;

    /// <summary>Rows of C and of the addend start at multiples of 16 bytes.</summary>
    public const int WideResult = 4;

    /// <summary>Rows of A and B start at multiples of 16 bytes.</summary>
    public const int WideFactors = 8;

    public int M;
    public int N;
    public int K;
    public int Flags;

    /// <summary>Tiles of C from top to bottom.</summary>
    public int TileRows;

    /// <summary>Tiles of C from left to right.</summary>
    public int TileColumns;

    /// <summary>Columns of A and rows of B that a group goes through: K, or a part of it.</summary>
    public int SegmentLength;

    /// <summary>The segment of the launch's first groups.</summary>
    public int FirstSegment;

    /// <summary>Segments of this launch; more than one wait for each other, tile by tile.</summary>
    public int Segments;

    /// <summary>All of C in tiles of <paramref name="rows"/> x <paramref name="columns"/>, from the first segment on.</summary>
    /// <param name="shape">Extents.</param>
    /// <param name="flags">Adds, Rounds, WideResult, WideFactors.</param>
    /// <param name="rows">Of a tile.</param>
    /// <param name="columns">Of a tile.</param>
    /// <param name="segmentLength">See <see cref="MatmulSegments"/>.</param>
    /// <param name="waiting">Tiles for which there are counters.</param>
    public static MatmulLaunch Of(MatmulShape shape, int flags, int rows, int columns, int segmentLength, long waiting)
    {
        var launch = new MatmulLaunch
        {
            M = shape.M,
            N = shape.N,
            K = shape.K,
            Flags = flags,
            TileRows = Tiling.Count(shape.M, rows),
            TileColumns = Tiling.Count(shape.N, columns),
            SegmentLength = segmentLength,
            Segments = 1,
        };
        if (launch.Tiles <= waiting)
            launch.Segments = launch.AllSegments;
        return launch;
    }

    public readonly int Tiles => checked(TileRows * TileColumns);

    /// <summary>Segments of the product, in one launch or several.</summary>
    public readonly int AllSegments => Math.Max(1, Tiling.Count(K, Math.Max(1, SegmentLength)));

    public readonly bool Has(int flag) => (Flags & flag) != 0;
}
