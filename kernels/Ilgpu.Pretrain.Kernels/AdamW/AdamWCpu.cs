using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of elements, first those of the decayed range, then the others'; eight at a time, in fp64.</summary>
internal sealed unsafe class AdamWCpu<TDoubles> : AdamW
    where TDoubles : unmanaged, IDoubles<TDoubles>
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
        for (; i <= count - 8; i += 8)
        {
            TDoubles p = TDoubles.Load(ps + i);
            TDoubles m = TDoubles.Load(ms + i);
            TDoubles v = TDoubles.Load(vs + i);
            update.Apply(ref p, TDoubles.Load(gs + i), ref m, ref v);
            TDoubles.Store(p, ps + i);
            TDoubles.Store(m, ms + i);
            TDoubles.Store(v, vs + i);
        }

        for (; i < count; i++)
        {
            TDoubles p = TDoubles.Create(ps[i]);
            TDoubles m = TDoubles.Create(ms[i]);
            TDoubles v = TDoubles.Create(vs[i]);
            update.Apply(ref p, TDoubles.Create(gs[i]), ref m, ref v);
            ps[i] = (float)TDoubles.First(p);
            ms[i] = (float)TDoubles.First(m);
            vs[i] = (float)TDoubles.First(v);
        }
    }

    /// <summary>The step's factors in every lane.</summary>
    private readonly struct Update(AdamWFactors factors, double kept, double clip)
    {
        private readonly TDoubles kept = TDoubles.Create(kept);
        private readonly TDoubles clip = TDoubles.Create(clip);
        private readonly TDoubles rate = TDoubles.Create(factors.Rate);
        private readonly TDoubles beta1 = TDoubles.Create(factors.Beta1);
        private readonly TDoubles beta2 = TDoubles.Create(factors.Beta2);
        private readonly TDoubles fresh1 = TDoubles.Create(1 - factors.Beta1);
        private readonly TDoubles fresh2 = TDoubles.Create(1 - factors.Beta2);
        private readonly TDoubles secondCorrection = TDoubles.Create(factors.SecondCorrection);
        private readonly TDoubles epsilon = TDoubles.Create(factors.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref TDoubles p, TDoubles gradient, ref TDoubles m, ref TDoubles v)
        {
            TDoubles g = clip * gradient;
            m = (beta1 * m) + (fresh1 * g);
            v = (beta2 * v) + (fresh2 * g * g);
            p = (p * kept) - (rate * m / (TDoubles.Sqrt(v * secondCorrection) + epsilon));
        }
    }
}
