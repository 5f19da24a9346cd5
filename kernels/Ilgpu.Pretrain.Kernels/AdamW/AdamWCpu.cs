using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of elements, first those of the decayed range, then the others'; sixteen at a time, as two halves in fp64.</summary>
internal sealed unsafe class AdamWCpu : AdamW
{
    private const int ElementsPerTile = 1 << 15;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, long, ArrayView<float>, AdamWFactors> update;

    public AdamWCpu(Device device) =>
        update = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, long, ArrayView<float>, AdamWFactors>(UpdateKernel));

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
        if (rounded.Length != 0)
            throw new NotSupportedException("The CPU computes in fp32: it has no use for parameters rounded to bf16.");
        int tiles = Tiling.Count(decayed, ElementsPerTile) + Tiling.Count(parameters.Length - decayed, ElementsPerTile);
        update(new KernelConfig(tiles, 1), parameters, gradients, firstMoment, secondMoment, decayed, norm.View, AdamWFactors.Of(step));
    }

    private static void UpdateKernel(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        long decayed,
        ArrayView<float> norm,
        AdamWFactors factors) =>
        UpdateTile(Grid.IdxX, parameters, gradients, firstMoment, secondMoment, decayed, norm, factors);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpdateTile(
        int tile,
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        long decayed,
        ArrayView<float> norm,
        AdamWFactors factors)
    {
        int decayedTiles = Tiling.Count(decayed, ElementsPerTile);
        bool decays = tile < decayedTiles;
        long first = decays ? (long)tile * ElementsPerTile : decayed + ((long)(tile - decayedTiles) * ElementsPerTile);
        int count = (int)Math.Min(ElementsPerTile, (decays ? decayed : parameters.Length) - first);
        float* ps = parameters.Pointer() + first;
        float* gs = gradients.Pointer() + first;
        float* ms = firstMoment.Pointer() + first;
        float* vs = secondMoment.Pointer() + first;
        var update = new Update(factors, decays ? factors.Kept : 1, norm[1]);
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            (Vector512<double> p0, Vector512<double> p1) = Vector512.Widen(Vector512.Load(ps + i));
            (Vector512<double> g0, Vector512<double> g1) = Vector512.Widen(Vector512.Load(gs + i));
            (Vector512<double> m0, Vector512<double> m1) = Vector512.Widen(Vector512.Load(ms + i));
            (Vector512<double> v0, Vector512<double> v1) = Vector512.Widen(Vector512.Load(vs + i));
            update.Apply(ref p0, g0, ref m0, ref v0);
            update.Apply(ref p1, g1, ref m1, ref v1);
            Vector512.Store(Vector512.Narrow(p0, p1), ps + i);
            Vector512.Store(Vector512.Narrow(m0, m1), ms + i);
            Vector512.Store(Vector512.Narrow(v0, v1), vs + i);
        }

        for (; i < count; i++)
        {
            Vector512<double> p = Vector512.Create((double)ps[i]);
            Vector512<double> m = Vector512.Create((double)ms[i]);
            Vector512<double> v = Vector512.Create((double)vs[i]);
            update.Apply(ref p, Vector512.Create((double)gs[i]), ref m, ref v);
            ps[i] = (float)p.ToScalar();
            ms[i] = (float)m.ToScalar();
            vs[i] = (float)v.ToScalar();
        }
    }

    /// <summary>The step's factors in every lane.</summary>
    private readonly struct Update(AdamWFactors factors, double kept, double clip)
    {
        private readonly Vector512<double> kept = Vector512.Create(kept);
        private readonly Vector512<double> clip = Vector512.Create(clip);
        private readonly Vector512<double> rate = Vector512.Create(factors.Rate);
        private readonly Vector512<double> beta1 = Vector512.Create(factors.Beta1);
        private readonly Vector512<double> beta2 = Vector512.Create(factors.Beta2);
        private readonly Vector512<double> fresh1 = Vector512.Create(1 - factors.Beta1);
        private readonly Vector512<double> fresh2 = Vector512.Create(1 - factors.Beta2);
        private readonly Vector512<double> secondCorrection = Vector512.Create(factors.SecondCorrection);
        private readonly Vector512<double> epsilon = Vector512.Create(factors.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector512<double> p, Vector512<double> gradient, ref Vector512<double> m, ref Vector512<double> v)
        {
            Vector512<double> g = clip * gradient;
            m = (beta1 * m) + (fresh1 * g);
            v = (beta2 * v) + (fresh2 * g * g);
            p = (p * kept) - (rate * m / (Vector512.Sqrt(v * secondCorrection) + epsilon));
        }
    }
}
