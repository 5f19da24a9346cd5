using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread an element.</summary>
internal sealed class DropoutNaive<T, TStorage> : Dropout<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<float>, int, uint, float, DropoutKey> apply;

    public DropoutNaive(Device device) =>
        apply = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<float>, int, uint, float, DropoutKey>(ApplyElement));

    private protected override void Launch(
        in Tensor<T> output,
        in Tensor<float> input,
        Tensor<float>? addend,
        uint threshold,
        float scale,
        DropoutKey key) =>
        apply(checked((int)output.Length), output.View, input.View, (addend ?? input).View, addend is null ? 0 : 1, threshold, scale, key);

    private static void ApplyElement(
        Index1D i,
        ArrayView<T> output,
        ArrayView<float> input,
        ArrayView<float> addend,
        int adds,
        uint threshold,
        float scale,
        DropoutKey key)
    {
        int counter = (i / (2 * Dropout.CountersPerRun) * Dropout.CountersPerRun) + (i % Dropout.CountersPerRun);
        ThreefryWords words = Threefry.Words((uint)counter, key.Site, key.Seed, key.Step);
        uint word = i / Dropout.CountersPerRun % 2 == 0 ? words.First : words.Second;
        float value = input[i] * (word >= threshold ? scale : 0);
        output[i] = TStorage.FromSingle(adds != 0 ? value + addend[i] : value);
    }
}
