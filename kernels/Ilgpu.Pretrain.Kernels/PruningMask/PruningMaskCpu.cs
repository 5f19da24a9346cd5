using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of elements; sixteen weights and two bytes of the mask at a time.</summary>
internal sealed unsafe class PruningMaskCpu<TFloats> : PruningMask
    where TFloats : unmanaged, IFloats<TFloats>
{
    /// <summary>A multiple of sixteen.</summary>
    private const int ElementsPerTile = 1 << 15;

    /// <summary>Two bytes of a mask that keeps everything.</summary>
    private const uint AllKept = 0xFFFF;

    private readonly Action<KernelConfig, ArrayView<byte>, ArrayView<float>, ArrayView<float>> take;
    private readonly Action<KernelConfig, ArrayView<byte>, ArrayView<float>> apply;

    public PruningMaskCpu(Device device)
    {
        take = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<byte>, ArrayView<float>, ArrayView<float>>(TakeKernel));
        apply = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<byte>, ArrayView<float>>(ApplyKernel));
    }

    private protected override void LaunchTake(ArrayView<byte> mask, ArrayView<float> weights, ArrayView<float> gradients) =>
        take(new KernelConfig(Tiling.Count(weights.Length, ElementsPerTile), 1), mask, weights, gradients);

    private protected override void LaunchApply(ArrayView<byte> mask, ArrayView<float> values, ArrayView<BFloat16> rounded)
    {
        if (rounded.Length != 0)
            throw new NotSupportedException("The CPU computes in fp32: it has no values rounded to bf16.");
        apply(new KernelConfig(Tiling.Count(values.Length, ElementsPerTile), 1), mask, values);
    }

    private static void TakeKernel(ArrayView<byte> mask, ArrayView<float> weights, ArrayView<float> gradients) => TakeTile(Grid.IdxX, mask, weights, gradients);

    private static void ApplyKernel(ArrayView<byte> mask, ArrayView<float> values) => ApplyTile(Grid.IdxX, mask, values);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TakeTile(int tile, ArrayView<byte> mask, ArrayView<float> weights, ArrayView<float> gradients)
    {
        long first = (long)tile * ElementsPerTile;
        int count = (int)Math.Min(ElementsPerTile, weights.Length - first);
        float* w = weights.Pointer() + first;
        float* g = gradients.Pointer() + first;
        byte* bits = mask.Pointer() + (first / WeightsPerByte);
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            TFloats weight = TFloats.Load(w + i);
            TFloats.Store(TFloats.WhereEqual(weight, TFloats.Zero, TFloats.Zero, TFloats.Load(g + i)), g + i);
            uint kept = ~TFloats.EqualLanes(weight, TFloats.Zero);
            bits[i / WeightsPerByte] = (byte)kept;
            bits[(i / WeightsPerByte) + 1] = (byte)(kept >> WeightsPerByte);
        }

        for (; i < count; i += WeightsPerByte)
        {
            int kept = 0;
            for (int j = 0; j < WeightsPerByte && i + j < count; j++)
            {
                if (w[i + j] == 0)
                    g[i + j] = 0;
                else
                    kept |= 1 << j;
            }

            bits[i / WeightsPerByte] = (byte)kept;
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ApplyTile(int tile, ArrayView<byte> mask, ArrayView<float> values)
    {
        long first = (long)tile * ElementsPerTile;
        int count = (int)Math.Min(ElementsPerTile, values.Length - first);
        float* x = values.Pointer() + first;
        byte* bits = mask.Pointer() + (first / WeightsPerByte);
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            uint kept = bits[i / WeightsPerByte] | ((uint)bits[(i / WeightsPerByte) + 1] << WeightsPerByte);
            if (kept != AllKept)
                TFloats.Store(TFloats.KeepWhereSet(kept, TFloats.Load(x + i)), x + i);
        }

        for (; i < count; i++)
        {
            if (((bits[i / WeightsPerByte] >> (i % WeightsPerByte)) & 1) == 0)
                x[i] = 0;
        }
    }
}
