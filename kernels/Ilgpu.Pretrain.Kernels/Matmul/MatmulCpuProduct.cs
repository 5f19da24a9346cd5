namespace Ilgpu.Pretrain.Kernels;

/// <summary>What the CPU kernel is told of a product: extents, layout, how C is cut into tiles.</summary>
internal struct MatmulCpuProduct
{
    public int M;
    public int N;
    public int K;
    public int Layout;
    public int HasAddend;
    public int RowTiles;
    public int ColumnTiles;

    public static MatmulCpuProduct Of(MatmulShape shape, MatmulLayout layout, bool hasAddend)
    {
        var tiling = MatmulTiling.Of(shape);
        return new MatmulCpuProduct
        {
            M = shape.M,
            N = shape.N,
            K = shape.K,
            Layout = (int)layout,
            HasAddend = hasAddend ? 1 : 0,
            RowTiles = tiling.RowTiles,
            ColumnTiles = tiling.ColumnTiles,
        };
    }

    public readonly int Tiles => RowTiles * ColumnTiles;
}
