using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread an element of the output.</summary>
internal sealed class SwiGluNaive<T, TStorage> : SwiGlu<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<T>, ArrayView<T>, int> forward;
    private readonly Action<Index1D, ArrayView<T>, ArrayView<T>, ArrayView<T>, int> backward;

    public SwiGluNaive(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<T>, int>(ForwardElement));
        backward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<T>, ArrayView<T>, int>(BackwardElement));
    }

    private protected override void LaunchForward(in Tensor<T> output, in Tensor<T> gateUp) =>
        forward(checked((int)output.Length), output.View, gateUp.View, output.Columns);

    private protected override void LaunchBackward(
        in Tensor<T> gateUpGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> gateUp) =>
        backward(checked((int)outputGradient.Length), gateUpGradient.View, outputGradient.View, gateUp.View, outputGradient.Columns);

    private static void ForwardElement(Index1D i, ArrayView<T> output, ArrayView<T> gateUp, int width)
    {
        long gateIndex = (i / width * 2L * width) + (i % width);
        float gate = TStorage.ToSingle(gateUp[gateIndex]);
        output[i] = TStorage.FromSingle(gate / (1 + XMath.Exp(-gate)) * TStorage.ToSingle(gateUp[gateIndex + width]));
    }

    private static void BackwardElement(
        Index1D i,
        ArrayView<T> gateUpGradient,
        ArrayView<T> outputGradient,
        ArrayView<T> gateUp,
        int width)
    {
        long gateIndex = (i / width * 2L * width) + (i % width);
        long upIndex = gateIndex + width;
        float gate = TStorage.ToSingle(gateUp[gateIndex]);
        float up = TStorage.ToSingle(gateUp[upIndex]);
        float dy = TStorage.ToSingle(outputGradient[i]);
        float sigmoid = 1 / (1 + XMath.Exp(-gate));
        gateUpGradient[gateIndex] = TStorage.FromSingle(dy * up * sigmoid * (1 + (gate * (1 - sigmoid))));
        gateUpGradient[upIndex] = TStorage.FromSingle(dy * gate * sigmoid);
    }
}
