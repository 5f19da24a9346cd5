namespace Ilgpu.Pretrain.Kernels;

internal sealed class AttentionCpu : Attention
{
    public AttentionCpu(Device device) => throw new NotSupportedException($"AttentionCpu on {device}: not written yet.");

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<float> logSumExp, in Tensor<float> qkv, AttentionShape shape) => throw new NotSupportedException();

    private protected override void LaunchBackward(in Tensor<float> qkvGradient, in Tensor<float> outputGradient, in Tensor<float> output, in Tensor<float> logSumExp, in Tensor<float> qkv, in Tensor<float> scratch, AttentionShape shape) => throw new NotSupportedException();
}
