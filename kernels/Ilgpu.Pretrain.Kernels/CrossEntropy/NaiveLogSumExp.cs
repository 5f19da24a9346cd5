using ILGPU;
using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What the Naive rungs of cross-entropies share.</summary>
internal static class NaiveLogSumExp
{
    /// <summary>
    /// log(sum(exp(scale * logits))). NaN where a logit is not finite, negative infinity included: it has overflowed, and the
    /// loss has to tell.
    /// </summary>
    public static double Of(ArrayView<float> logits, long start, int vocabulary, float scale = 1)
    {
        float largest = logits[start];
        float smallest = logits[start];
        for (long i = start; i < start + vocabulary; i++)
        {
            largest = XMath.Max(largest, logits[i]);
            smallest = XMath.Min(smallest, logits[i]);
        }

        double sum = smallest > float.NegativeInfinity ? 0 : double.NaN;
        for (long i = start; i < start + vocabulary; i++)
            sum += XMath.Exp((logits[i] - largest) * scale);
        return ((double)largest * scale) + XMath.Log((float)sum);
    }
}
