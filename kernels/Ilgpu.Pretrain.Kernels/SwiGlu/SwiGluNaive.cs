using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread an element of the output.</summary>
internal sealed class SwiGluNaive : SwiGlu
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, int> forward;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int> backward;

    public SwiGluNaive(Device device)
    {
        forward = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, int>(ForwardElement);
        backward = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(BackwardElement);
    }

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<float> gateUp) =>
        forward(checked((int)output.Length), output.View, gateUp.View, output.Columns);

    private protected override void LaunchBackward(
        in Tensor<float> gateUpGradient,
        in Tensor<float> outputGradient,
        in Tensor<float> gateUp) =>
        backward(checked((int)outputGradient.Length), gateUpGradient.View, outputGradient.View, gateUp.View, outputGradient.Columns);

    private static void ForwardElement(Index1D i, ArrayView<float> output, ArrayView<float> gateUp, int width)
    {
        long gateIndex = (i / width * 2L * width) + (i % width);
        float gate = gateUp[gateIndex];
        output[i] = gate / (1 + XMath.Exp(-gate)) * gateUp[gateIndex + width];
    }

    private static void BackwardElement(
        Index1D i,
        ArrayView<float> gateUpGradient,
        ArrayView<float> outputGradient,
        ArrayView<float> gateUp,
        int width)
    {
        long gateIndex = (i / width * 2L * width) + (i % width);
        long upIndex = gateIndex + width;
        float gate = gateUp[gateIndex];
        float up = gateUp[upIndex];
        float dy = outputGradient[i];
        float sigmoid = 1 / (1 + XMath.Exp(-gate));
        gateUpGradient[gateIndex] = dy * up * sigmoid * (1 + (gate * (1 - sigmoid)));
        gateUpGradient[upIndex] = dy * gate * sigmoid;
    }
}
