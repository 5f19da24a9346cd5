using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A bfloat16: the upper half of an fp32 number, eight exponent bits and seven of the significand. What branches compute
/// with in mixed precision; it is only stored and converted, sums are fp32.
/// </summary>
/// <param name="Bits">Sign, exponent, significand.</param>
public readonly record struct BFloat16(ushort Bits)
{
    /// <summary>Exact.</summary>
    public float ToSingle() => Interop.IntAsFloat((uint)Bits << 16);

    /// <summary>Rounds to the nearest, ties to the even one; NaN stays NaN.</summary>
    /// <remarks>
    /// A choice without a branch: where the value comes from a warp-wide instruction, ILGPU calls branches on it uniform
    /// (<c>bra.uni</c>), and they would not be.
    /// </remarks>
    public static BFloat16 FromSingle(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        uint rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
        uint quiet = (bits >> 16) | 0x40;
        return new BFloat16((ushort)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded));
    }
}
