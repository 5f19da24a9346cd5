namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// How C is cut into the tiles of a launch: rowTiles x columnTiles, each a range of whole micro-kernel panels, decided by
/// the product's shape alone.
/// </summary>
/// <remarks>
/// A tile packs its own rows of A and columns of B, so cutting C into rowTiles x columnTiles packs A columnTiles times and
/// B rowTiles times. Against that stand the threads that want work: where a product is large enough the count is a
/// multiple of 8, which 2, 4 and 8 threads share evenly.
/// </remarks>
internal readonly record struct MatmulTiling(int RowTiles, int ColumnTiles)
{
    /// <summary>Columns of the widest micro-kernel: tiles start at multiples of it, whatever this machine's width.</summary>
    public const int ColumnUnit = 32;

    /// <summary>Rows of a tile at most: with <see cref="MaximalDepth"/> its packed rows of A fill half of a 1 MB L2 cache.</summary>
    private const int MaximalRowPanels = 40;

    /// <summary>1024 columns: a tile of C then stays in the L3 cache from one block of K to the next.</summary>
    private const int MaximalColumnUnits = 32;

    /// <summary>K is cut into equal blocks of at most so many: a block of B's panel then fits the L1 cache.</summary>
    private const int MaximalDepth = 256;

    /// <summary>Blocks of K are whole cache lines long.</summary>
    private const int DepthUnit = 16;

    private const int PreferredTiles = 8;

    /// <summary>Multiply-adds that are worth a tile: about 40 microseconds.</summary>
    private const double WorthATile = 1 << 21;

    /// <summary>Packing an element takes as long as so many multiply-adds.</summary>
    private const double PackingCost = 6;

    public int Count => RowTiles * ColumnTiles;

    public static MatmulTiling Of(MatmulShape shape)
    {
        int rowPanels = Tiling.Count(shape.M, MatmulMicroKernel.Rows);
        int columnUnits = Tiling.Count(shape.N, ColumnUnit);
        int fewestRowTiles = Tiling.Count(rowPanels, MaximalRowPanels);
        int fewestColumnTiles = Tiling.Count(columnUnits, MaximalColumnUnits);
        int multiple = CountMultiple(shape);
        var best = new MatmulTiling(fewestRowTiles, fewestColumnTiles);
        double bestCost = double.PositiveInfinity;
        for (int rows = fewestRowTiles; rows <= Math.Min(rowPanels, fewestRowTiles + PreferredTiles); rows++)
        {
            for (int columns = fewestColumnTiles; columns <= Math.Min(columnUnits, fewestColumnTiles + PreferredTiles); columns++)
            {
                double cost = ((double)rows * shape.N) + ((double)columns * shape.M);
                if (rows * columns % multiple == 0 && cost < bestCost)
                    (best, bestCost) = (new MatmulTiling(rows, columns), cost);
            }
        }

        return best;
    }

    /// <summary>Length of the blocks that K is cut into: the order in which an element is summed follows from it.</summary>
    public static int BlockDepth(int k)
    {
        int blocks = Math.Max(1, Tiling.Count(k, MaximalDepth));
        return Math.Max(1, Tiling.Count(Tiling.Count(k, blocks), DepthUnit)) * DepthUnit;
    }

    /// <summary>First element of a part where <paramref name="extent"/> is cut into parts of whole units, as equal as can be.</summary>
    public static int Start(int extent, int unit, int parts, int part) =>
        (int)Math.Min(extent, (long)Tiling.Count(extent, unit) * part / parts * unit);

    private static int CountMultiple(MatmulShape shape)
    {
        double work = shape.K * (((double)shape.M * shape.N) + (PackingCost * ((double)shape.M + shape.N)));
        int multiple = 1;
        while (multiple < PreferredTiles && multiple * 2 * WorthATile <= work)
            multiple *= 2;
        return multiple;
    }
}
