using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a value.</summary>
internal sealed class MovingAverageNaive : MovingAverage
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, double> add;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<BFloat16>> swap;

    public MovingAverageNaive(Device device)
    {
        add = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, double>(AddElement));
        swap = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<BFloat16>>(SwapElement));
    }

    private protected override void LaunchAdd(ArrayView<float> average, ArrayView<float> values, double weight) =>
        add(checked((int)average.Length), average, values, weight);

    private protected override void LaunchSwap(ArrayView<float> average, ArrayView<float> values, ArrayView<BFloat16> rounded) =>
        swap(checked((int)average.Length), average, values, rounded);

    private static void AddElement(Index1D i, ArrayView<float> average, ArrayView<float> values, double weight)
    {
        double before = average[i];
        average[i] = (float)(before + (weight * (values[i] - before)));
    }

    private static void SwapElement(Index1D i, ArrayView<float> average, ArrayView<float> values, ArrayView<BFloat16> rounded)
    {
        float value = average[i];
        average[i] = values[i];
        values[i] = value;
        if (rounded.Length != 0)
            rounded[i] = BFloat16.FromSingle(value);
    }
}
