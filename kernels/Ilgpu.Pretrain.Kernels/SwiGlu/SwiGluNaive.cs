namespace Ilgpu.Pretrain.Kernels;

internal sealed class SwiGluNaive : SwiGlu
{
    public SwiGluNaive(Device device) => throw new NotSupportedException($"SwiGluNaive on {device}: not written yet.");

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<float> gateUp) => throw new NotSupportedException();

    private protected override void LaunchBackward(in Tensor<float> gateUpGradient, in Tensor<float> outputGradient, in Tensor<float> gateUp) => throw new NotSupportedException();
}
