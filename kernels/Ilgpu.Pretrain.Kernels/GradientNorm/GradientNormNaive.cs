namespace Ilgpu.Pretrain.Kernels;

internal sealed class GradientNormNaive : GradientNorm
{
    public GradientNormNaive(Device device) => throw new NotSupportedException($"GradientNormNaive on {device}: not written yet.");

    private protected override void Launch(in Tensor<float> result, ILGPU.ArrayView<float> gradients, float maximum, in Tensor<double> scratch) => throw new NotSupportedException();
}
