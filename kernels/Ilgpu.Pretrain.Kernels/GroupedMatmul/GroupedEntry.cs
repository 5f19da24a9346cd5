namespace Ilgpu.Pretrain.Kernels;

/// <summary>A product of a group as the Cpu rung's kernel finds it.</summary>
internal struct GroupedEntry
{
    public long C;
    public long A;
    public long B;
    public int M;
    public int N;
    public int K;
    public int Layout;

    /// <summary>The launch's first tile of this product.</summary>
    public int FirstTile;

    public int RowTiles;
    public int ColumnTiles;

    public static GroupedEntry Of(GroupedProduct product, MatmulTiling tiling, int firstTile) => new()
    {
        C = product.C,
        A = product.A,
        B = product.B,
        M = product.Shape.M,
        N = product.Shape.N,
        K = product.Shape.K,
        Layout = (int)product.Layout,
        FirstTile = firstTile,
        RowTiles = tiling.RowTiles,
        ColumnTiles = tiling.ColumnTiles,
    };
}
