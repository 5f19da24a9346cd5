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

    public readonly bool Has(int flag) => (Flags & flag) != 0;
}
