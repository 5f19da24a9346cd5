namespace Ilgpu.Pretrain.Kernels;

internal sealed class CrossEntropyCpu : CrossEntropy
{
    public CrossEntropyCpu(Device device) => throw new NotSupportedException($"CrossEntropyCpu on {device}: not written yet.");

    private protected override void LaunchForward(in Tensor<float> losses, in Tensor<float> logits, in Tensor<int> targets) => throw new NotSupportedException();

    private protected override void LaunchForwardBackward(in Tensor<float> losses, in Tensor<float> logits, in Tensor<int> targets, float gradientScale) => throw new NotSupportedException();
}
