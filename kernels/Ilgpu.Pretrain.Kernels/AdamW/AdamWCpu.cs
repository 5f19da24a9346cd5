namespace Ilgpu.Pretrain.Kernels;

internal sealed class AdamWCpu : AdamW
{
    public AdamWCpu(Device device) => throw new NotSupportedException($"AdamWCpu on {device}: not written yet.");

    private protected override void Launch(ILGPU.ArrayView<float> parameters, ILGPU.ArrayView<float> gradients, ILGPU.ArrayView<float> firstMoment, ILGPU.ArrayView<float> secondMoment, long decayed, in Tensor<float> norm, AdamWStep step) => throw new NotSupportedException();
}
