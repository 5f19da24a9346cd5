namespace Ilgpu.Pretrain.Kernels;

internal sealed class GradientNormCpu : GradientNorm
{
    public GradientNormCpu(Device device) => throw new NotSupportedException($"GradientNormCpu on {device}: not written yet.");

    private protected override void Launch(in Tensor<float> result, ILGPU.ArrayView<float> gradients, float maximum, in Tensor<double> scratch) => throw new NotSupportedException();
}
