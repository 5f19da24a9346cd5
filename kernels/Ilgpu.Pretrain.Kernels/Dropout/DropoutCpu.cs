namespace Ilgpu.Pretrain.Kernels;

internal sealed class DropoutCpu : Dropout
{
    public DropoutCpu(Device device) => throw new NotSupportedException($"DropoutCpu on {device}: not written yet.");

    private protected override void Launch(in Tensor<float> output, in Tensor<float> input, Tensor<float>? addend, float probability, DropoutKey key) => throw new NotSupportedException();
}
