using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Two bf16 numbers in the 32 bits of a register, as tensor cores take them: the first in the low half.</summary>
internal static class BFloat16Pair
{
    /// <summary>The first number; exact.</summary>
    public static float Low(int pair) => Interop.IntAsFloat((uint)pair << 16);

    /// <summary>The second number; exact.</summary>
    public static float High(int pair) => Interop.IntAsFloat((uint)pair & 0xffff0000);

    /// <summary>Both numbers rounded to nearest even: <c>cvt.rn.bf16x2.f32</c>.</summary>
    [IntrinsicImplementation]
    public static int Pack(float low, float high) =>
        BFloat16.FromSingle(low).Bits | (BFloat16.FromSingle(high).Bits << 16);
}
