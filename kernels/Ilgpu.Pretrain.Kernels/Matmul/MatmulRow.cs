namespace Ilgpu.Pretrain.Kernels;

/// <summary>16 rows x 32 columns of C in the registers of a warp: the results of four tensor-core products side by side.</summary>
internal struct MatmulRow
{
    public Float4 C0;
    public Float4 C1;
    public Float4 C2;
    public Float4 C3;

    /// <summary>row + a b: 16 x 16 of A, 16 x 32 of B.</summary>
    /// <param name="row">Sums so far.</param>
    /// <param name="a">Fragment of A.</param>
    /// <param name="left">Fragments of B for columns 0 to 15.</param>
    /// <param name="right">Fragments of B for columns 16 to 31.</param>
    public static MatmulRow MultiplyAdd(MatmulRow row, Bits128 a, Bits128 left, Bits128 right) => new()
    {
        C0 = MultiplyAdd(row.C0, a, left.X, left.Y),
        C1 = MultiplyAdd(row.C1, a, left.Z, left.W),
        C2 = MultiplyAdd(row.C2, a, right.X, right.Y),
        C3 = MultiplyAdd(row.C3, a, right.Z, right.W),
    };

    private static Float4 MultiplyAdd(Float4 c, Bits128 a, int b0, int b1) =>
        WarpMatrices.MultiplyAdd(a.X, a.Y, a.Z, a.W, b0, b1, c.X, c.Y, c.Z, c.W);
}
