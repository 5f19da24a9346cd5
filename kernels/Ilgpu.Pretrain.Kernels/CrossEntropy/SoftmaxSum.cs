using ILGPU;
using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The sum of exp(scale (x - largest)) over logits that are seen once, with the largest among them: what the Gpu rungs of
/// cross-entropies share, so that their losses are the same bits. When a larger logit comes, the sum is scaled down
/// (Milakov and Gimelshein, arXiv 1805.02867), here once for sixteen logits.
/// </summary>
internal struct SoftmaxSum
{
    /// <summary>Stands for columns past a row's end: its exponential is 0, and it is no infinity.</summary>
    public const float Absent = float.MinValue;

    /// <summary>Tiles of a row whose logits are taken together, so that four loads are under way.</summary>
    public const int Tiles = 4;

    public float Largest;
    public float Smallest;
    public float Sum;

    /// <summary>Of no logits.</summary>
    public static SoftmaxSum Empty => new() { Largest = float.MinValue, Smallest = float.MaxValue, Sum = 0 };

    /// <summary>Of one row, by a group; all its threads get it.</summary>
    public static SoftmaxSum OfRow(ArrayView<float> logits, long start, int vocabulary, bool wide, ArrayView<float> scratch, float scale = 1)
    {
        SoftmaxSum sum = Empty;
        int step = RowQuads.Tile;
        for (int tile = 0; tile < vocabulary; tile += Tiles * step)
        {
            Float4 a = RowQuads.Load<float, Fp32Storage>(logits, start, tile, vocabulary, wide, Absent);
            Float4 b = RowQuads.Load<float, Fp32Storage>(logits, start, tile + step, vocabulary, wide, Absent);
            Float4 c = RowQuads.Load<float, Fp32Storage>(logits, start, tile + (2 * step), vocabulary, wide, Absent);
            Float4 d = RowQuads.Load<float, Fp32Storage>(logits, start, tile + (3 * step), vocabulary, wide, Absent);
            sum = sum.With(a, b, c, d, scale);
        }

        return sum.OfGroup(scale, scratch);
    }

    public readonly SoftmaxSum With(Float4 a, Float4 b, Float4 c, Float4 d, float scale)
    {
        float largest = XMath.Max(XMath.Max(Largest, XMath.Max(Highest(a), Highest(b))), XMath.Max(Highest(c), Highest(d)));
        float smallest = XMath.Min(XMath.Min(Smallest, XMath.Min(Lowest(a), Lowest(b))), XMath.Min(Lowest(c), Lowest(d)));
        float terms = (Exponentials(a, largest, scale) + Exponentials(b, largest, scale)) + (Exponentials(c, largest, scale) + Exponentials(d, largest, scale));
        return new SoftmaxSum { Largest = largest, Smallest = smallest, Sum = (Sum * XMath.Exp((Largest - largest) * scale)) + terms };
    }

    /// <summary>
    /// Of all threads' logits. The sum is NaN where a logit is not finite, negative infinity included: it has overflowed, and
    /// the loss has to tell.
    /// </summary>
    public readonly SoftmaxSum OfGroup(float scale, ArrayView<float> scratch)
    {
        float largest = GroupReduce.Max(Largest, scratch);
        float shifted = Smallest > float.NegativeInfinity ? Sum * XMath.Exp((Largest - largest) * scale) : float.NaN;
        return new SoftmaxSum { Largest = largest, Smallest = Smallest, Sum = GroupReduce.Sum(shifted, scratch) };
    }

    /// <summary>-log of a logit's probability. The difference of the logits is taken first: it is exact near the largest.</summary>
    public readonly float Loss(float logit, float scale) => XMath.Log(Sum) + ((Largest - logit) * scale);

    private static float Highest(Float4 x) => XMath.Max(XMath.Max(x.X, x.Y), XMath.Max(x.Z, x.W));

    private static float Lowest(Float4 x) => XMath.Min(XMath.Min(x.X, x.Y), XMath.Min(x.Z, x.W));

    private static float Exponentials(Float4 x, float largest, float scale) =>
        (XMath.Exp((x.X - largest) * scale) + XMath.Exp((x.Y - largest) * scale))
        + (XMath.Exp((x.Z - largest) * scale) + XMath.Exp((x.W - largest) * scale));
}
