namespace Ilgpu.Pretrain.Kernels;

/// <summary>Eight fp32 sums of a row of C that a thread keeps in registers: four columns, and four half a tile further.</summary>
internal struct MatmulStrip
{
    public Float4 Left;
    public Float4 Right;

    /// <summary>strip + a (left, right).</summary>
    public static MatmulStrip MultiplyAdd(MatmulStrip strip, float a, Float4 left, Float4 right) => new()
    {
        Left = MultiplyAdd(strip.Left, a, left),
        Right = MultiplyAdd(strip.Right, a, right),
    };

    private static Float4 MultiplyAdd(Float4 sums, float a, Float4 b) => new()
    {
        X = (a * b.X) + sums.X,
        Y = (a * b.Y) + sums.Y,
        Z = (a * b.Z) + sums.Z,
        W = (a * b.W) + sums.W,
    };
}
