using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a byte of the mask, whose eight weights it takes one by one.</summary>
internal sealed class PruningMaskNaive : PruningMask
{
    private readonly Action<Index1D, ArrayView<byte>, ArrayView<float>, ArrayView<float>> take;
    private readonly Action<Index1D, ArrayView<byte>, ArrayView<float>, ArrayView<BFloat16>> apply;

    public PruningMaskNaive(Device device)
    {
        take = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<byte>, ArrayView<float>, ArrayView<float>>(TakeByte));
        apply = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<byte>, ArrayView<float>, ArrayView<BFloat16>>(ApplyByte));
    }

    private protected override void LaunchTake(ArrayView<byte> mask, ArrayView<float> weights, ArrayView<float> gradients) =>
        take(checked((int)mask.Length), mask, weights, gradients);

    private protected override void LaunchApply(ArrayView<byte> mask, ArrayView<float> values, ArrayView<BFloat16> rounded) =>
        apply(checked((int)mask.Length), mask, values, rounded);

    private static void TakeByte(Index1D place, ArrayView<byte> mask, ArrayView<float> weights, ArrayView<float> gradients)
    {
        long first = place * (long)WeightsPerByte;
        int bits = 0;
        for (int j = 0; j < WeightsPerByte && first + j < weights.Length; j++)
        {
            if (weights[first + j] == 0)
                gradients[first + j] = 0;
            else
                bits |= 1 << j;
        }

        mask[place] = (byte)bits;
    }

    private static void ApplyByte(Index1D place, ArrayView<byte> mask, ArrayView<float> values, ArrayView<BFloat16> rounded)
    {
        long first = place * (long)WeightsPerByte;
        int bits = mask[place];
        for (int j = 0; j < WeightsPerByte && first + j < values.Length; j++)
        {
            if (((bits >> j) & 1) != 0)
                continue;
            values[first + j] = 0;
            if (rounded.Length != 0)
                rounded[first + j] = BFloat16.FromSingle(0);
        }
    }
}
