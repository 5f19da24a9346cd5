using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Elementary functions on vectors. Each lane's result depends on that lane alone.</summary>
internal static class VectorMath
{
    /// <summary>Below this the exponential is taken as zero: from here on it would be subnormal.</summary>
    private const float ExpUnderflow = -87.33654f;

    /// <summary>The natural logarithm of the largest finite float; above it the exponential is infinite.</summary>
    private const float ExpOverflow = 88.72284f;

    /// <summary>The exponent whose bits are all zero.</summary>
    private const float Exp2Zero = -127;

    /// <summary>log2(e).</summary>
    public const float Log2E = 1.44269504f;

    /// <summary>The leading bits of ln 2, few enough that their product with any exponent is exact.</summary>
    private const float Ln2High = 0.693145751953125f;

    private const float Ln2Low = 1.42860677e-6f;

    /// <summary>1.5 * 2^23: adding it rounds a float to an integer, which then stands in the lowest bits.</summary>
    private const float RoundingShift = 12582912f;

    public const int MantissaBits = 23;

    /// <summary>
    /// e^x within 2 ulp; 0 below -87.33654 (no subnormal results), infinity above 88.72284, NaN for NaN.
    /// </summary>
    /// <remarks>
    /// x = n ln 2 + r with |r| at most (ln 2) / 2; e^r = 1 + r + r^2 p(r), p the polynomial of degree 4 with the
    /// least greatest relative error (3.1e-9); n is added to the exponent bits.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats Exp<TFloats>(TFloats x)
        where TFloats : unmanaged, IFloats<TFloats>
    {
        TFloats shifted = TFloats.MultiplyAdd(x, TFloats.Create(Log2E), TFloats.Create(RoundingShift));
        TFloats n = shifted - TFloats.Create(RoundingShift);
        TFloats r = TFloats.MultiplyAdd(n, TFloats.Create(-Ln2High), x);
        r = TFloats.MultiplyAdd(n, TFloats.Create(-Ln2Low), r);
        TFloats p = TFloats.MultiplyAdd(TFloats.Create(0.00138145406f), r, TFloats.Create(0.00836874545f));
        p = TFloats.MultiplyAdd(p, r, TFloats.Create(0.041668389f));
        p = TFloats.MultiplyAdd(p, r, TFloats.Create(0.166665211f));
        p = TFloats.MultiplyAdd(p, r, TFloats.Create(0.49999994f));
        TFloats power = TFloats.MultiplyAdd(p, r * r, r) + TFloats.Create(1);
        TFloats result = TFloats.ScaleByPowerOfTwo(power, shifted);
        result = TFloats.WhereLess(TFloats.Create(ExpOverflow), x, TFloats.Create(float.PositiveInfinity), result);
        return TFloats.WhereLess(x, TFloats.Create(ExpUnderflow), TFloats.Zero, result);
    }

    /// <summary>
    /// 2^x within 2 ulp for x from -126 to 127: less than 2^-126 below, and exactly 0 from -127 on; NaN for NaN. Above 127
    /// it means nothing. A softmax takes this one, which is half the work of <see cref="Exp"/>, with log2(e) in the scores' scale.
    /// </summary>
    /// <remarks>
    /// x = n + r with |r| at most 1/2; 2^r = 1 + r p(r), p the polynomial of degree 5 with the least greatest relative
    /// error (2.0e-9); n is added to the exponent bits, which it clears at -127.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TFloats Exp2<TFloats>(TFloats x)
        where TFloats : unmanaged, IFloats<TFloats>
    {
        x = TFloats.Max(TFloats.Create(Exp2Zero), x);
        TFloats shifted = x + TFloats.Create(RoundingShift);
        TFloats r = x - (shifted - TFloats.Create(RoundingShift));
        TFloats p = TFloats.MultiplyAdd(TFloats.Create(0.00015353311f), r, TFloats.Create(0.0013398939f));
        p = TFloats.MultiplyAdd(p, r, TFloats.Create(0.00961843785f));
        p = TFloats.MultiplyAdd(p, r, TFloats.Create(0.0555033237f));
        p = TFloats.MultiplyAdd(p, r, TFloats.Create(0.240226477f));
        p = TFloats.MultiplyAdd(p, r, TFloats.Create(0.693147182f));
        TFloats power = TFloats.MultiplyAdd(p, r, TFloats.Create(1));
        return TFloats.ScaleByPowerOfTwo(power, shifted);
    }
}
