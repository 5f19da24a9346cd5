using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread an element.</summary>
internal sealed class DropoutNaive : Dropout
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, uint, float, DropoutKey> apply;

    public DropoutNaive(Device device) =>
        apply = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, uint, float, DropoutKey>(ApplyElement);

    private protected override void Launch(
        in Tensor<float> output,
        in Tensor<float> input,
        Tensor<float>? addend,
        uint threshold,
        float scale,
        DropoutKey key) =>
        apply(checked((int)output.Length), output.View, input.View, (addend ?? input).View, addend is null ? 0 : 1, threshold, scale, key);

    private static void ApplyElement(
        Index1D i,
        ArrayView<float> output,
        ArrayView<float> input,
        ArrayView<float> addend,
        int adds,
        uint threshold,
        float scale,
        DropoutKey key)
    {
        int counter = (i / (2 * CountersPerRun) * CountersPerRun) + (i % CountersPerRun);
        ThreefryWords words = Threefry.Words((uint)counter, key.Site, key.Seed, key.Step);
        uint word = i / CountersPerRun % 2 == 0 ? words.First : words.Second;
        float value = input[i] * (word >= threshold ? scale : 0);
        output[i] = adds != 0 ? value + addend[i] : value;
    }
}
