using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread four parameters: each slab is one access, where Naive has four.
/// </summary>
/// <remarks>
/// 28 bytes moved a parameter (four slabs read, three written), 30 with the bf16 copy, and 14 FLOPs in fp64, a root and a
/// division among them. Floor: that over the memory's bandwidth; for 300 M with the copy at 3.35 TB/s 2.7 ms.
/// <para>
/// A parameter takes 29 instructions in fp64 and 7 conversions: about .9 cycles of an H100's multiprocessor and 1.4 of an
/// A100's, where its bytes take 2.1 and 2.3 to 2.9. So the pass stays bound by memory on both without giving up fp64, which the
/// contract's 2 ulp need where decay and update cancel. A GPU with a 64th of the rate in fp64 takes about twice its memory's time.
/// </para>
/// </remarks>
internal sealed class AdamWGpu : AdamW
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, long, ArrayView<float>, AdamWFactors, ArrayView<BFloat16>, int> update;

    public AdamWGpu(Device device) =>
        update = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, long, ArrayView<float>, AdamWFactors, ArrayView<BFloat16>, int>(UpdateKernel));

    private protected override void Launch(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        long decayed,
        in Tensor<float> norm,
        AdamWStep step,
        ArrayView<BFloat16> rounded)
    {
        if (parameters.Length == 0)
            return;
        bool wide = Quads.StartFits(parameters) && Quads.StartFits(gradients) && Quads.StartFits(firstMoment)
            && Quads.StartFits(secondMoment) && Quads.StartFits(rounded);
        update(
            Quads.Launch((parameters.Length + 3) / 4),
            parameters,
            gradients,
            firstMoment,
            secondMoment,
            decayed,
            norm.View,
            AdamWFactors.Of(step),
            rounded,
            wide ? 1 : 0);
    }

    private static void UpdateKernel(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        long decayed,
        ArrayView<float> norm,
        AdamWFactors factors,
        ArrayView<BFloat16> rounded,
        int wide)
    {
        long first = (((long)Grid.IdxX * Group.DimX) + Group.IdxX) * 4;
        double clip = norm[1];
        if (wide != 0 && first + 4 <= parameters.Length)
        {
            long quad = first >> 2;
            Float4 p = Fp32Storage.Load4(parameters, quad);
            Float4 g = Fp32Storage.Load4(gradients, quad);
            Float4 m = Fp32Storage.Load4(firstMoment, quad);
            Float4 v = Fp32Storage.Load4(secondMoment, quad);
            Element x = Update(p.X, g.X, m.X, v.X, first < decayed, clip, factors);
            Element y = Update(p.Y, g.Y, m.Y, v.Y, first + 1 < decayed, clip, factors);
            Element z = Update(p.Z, g.Z, m.Z, v.Z, first + 2 < decayed, clip, factors);
            Element w = Update(p.W, g.W, m.W, v.W, first + 3 < decayed, clip, factors);
            p = new Float4 { X = x.Parameter, Y = y.Parameter, Z = z.Parameter, W = w.Parameter };
            Fp32Storage.Store4(parameters, quad, p);
            Fp32Storage.Store4(firstMoment, quad, new Float4 { X = x.FirstMoment, Y = y.FirstMoment, Z = z.FirstMoment, W = w.FirstMoment });
            Fp32Storage.Store4(secondMoment, quad, new Float4 { X = x.SecondMoment, Y = y.SecondMoment, Z = z.SecondMoment, W = w.SecondMoment });
            if (rounded.Length != 0)
                BFloat16Storage.Store4(rounded, quad, p);
            return;
        }

        for (long i = first; i < first + 4 && i < parameters.Length; i++)
        {
            Element updated = Update(parameters[i], gradients[i], firstMoment[i], secondMoment[i], i < decayed, clip, factors);
            parameters[i] = updated.Parameter;
            firstMoment[i] = updated.FirstMoment;
            secondMoment[i] = updated.SecondMoment;
            if (rounded.Length != 0)
                rounded[i] = BFloat16.FromSingle(updated.Parameter);
        }
    }

    private static Element Update(float parameter, float gradient, float firstMoment, float secondMoment, bool decays, double clip, AdamWFactors factors)
    {
        double g = clip * gradient;
        double m = (factors.Beta1 * firstMoment) + ((1 - factors.Beta1) * g);
        double v = (factors.Beta2 * secondMoment) + ((1 - factors.Beta2) * g * g);
        double kept = decays ? factors.Kept : 1;
        double root = XMath.Sqrt(v * factors.SecondCorrection);
        return new Element
        {
            Parameter = (float)((parameter * kept) - (factors.Rate * m / (root + factors.Epsilon))),
            FirstMoment = (float)m,
            SecondMoment = (float)v,
        };
    }

    private struct Element
    {
        public float Parameter;
        public float FirstMoment;
        public float SecondMoment;
    }
}
