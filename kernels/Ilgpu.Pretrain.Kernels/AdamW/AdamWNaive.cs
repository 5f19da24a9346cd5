using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a parameter.</summary>
internal sealed class AdamWNaive : AdamW
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, long, ArrayView<float>, AdamWFactors, ArrayView<BFloat16>> update;

    public AdamWNaive(Device device) =>
        update = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, long, ArrayView<float>, AdamWFactors, ArrayView<BFloat16>>(UpdateElement));

    private protected override void Launch(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        long decayed,
        in Tensor<float> norm,
        AdamWStep step,
        ArrayView<BFloat16> rounded) =>
        update(checked((int)parameters.Length), parameters, gradients, firstMoment, secondMoment, decayed, norm.View, AdamWFactors.Of(step), rounded);

    private static void UpdateElement(
        Index1D i,
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        long decayed,
        ArrayView<float> norm,
        AdamWFactors factors,
        ArrayView<BFloat16> rounded)
    {
        double g = (double)norm[1] * gradients[i];
        double m = (factors.Beta1 * firstMoment[i]) + ((1 - factors.Beta1) * g);
        double v = (factors.Beta2 * secondMoment[i]) + ((1 - factors.Beta2) * g * g);
        double kept = i < decayed ? factors.Kept : 1;
        double root = XMath.Sqrt(v * factors.SecondCorrection);
        float parameter = (float)((parameters[i] * kept) - (factors.Rate * m / (root + factors.Epsilon)));
        parameters[i] = parameter;
        if (rounded.Length != 0)
            rounded[i] = BFloat16.FromSingle(parameter);
        firstMoment[i] = (float)m;
        secondMoment[i] = (float)v;
    }
}
