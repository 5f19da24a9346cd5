using ILGPU.IR.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One instruction where the exact operation is a dozen with branches between them, over which loads are not moved: kernels
/// bound by memory then wait for one load after the other.
/// </summary>
internal static class Approximate
{
    /// <summary>1 / value within 1 ulp; a subnormal value counts as 0, a subnormal result is 0: <c>rcp.approx.ftz.f32</c>.</summary>
    [IntrinsicImplementation]
    public static float Reciprocal(float value) => 1 / value;
}
