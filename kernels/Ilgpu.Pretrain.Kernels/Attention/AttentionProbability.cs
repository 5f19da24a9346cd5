using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

internal static class AttentionProbability
{
    /// <summary>
    /// exp(score - logSum), at most 1, also where a compiler fuses the score's product into the subtraction and so leaves
    /// its rounding in the exponent; NaN shows.
    /// </summary>
    public static float Of(float score, float logSum)
    {
        float exponent = score - logSum;
        return XMath.Exp(exponent > 0 ? 0 : exponent);
    }
}
