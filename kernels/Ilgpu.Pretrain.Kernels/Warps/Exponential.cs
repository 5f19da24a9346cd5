using ILGPU.IR.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Powers of two as the special function unit has them: one instruction, 2 ulp, results below 2^-126 are zero.</summary>
internal static class Exponential
{
    /// <summary>2^x: <c>ex2.approx.ftz.f32</c>.</summary>
    [IntrinsicImplementation]
    public static float Base2(float x) => MathF.Pow(2, x);

    /// <summary>2^x, and 1 where x is positive; NaN stays NaN: <c>min.NaN.f32</c> (sm_80) before it.</summary>
    [IntrinsicImplementation]
    public static float Base2AtMostOne(float x) => x > 0 ? 1 : MathF.Pow(2, x);
}
