namespace Ilgpu.Pretrain.Kernels;

internal sealed class AdamWNaive : AdamW
{
    public AdamWNaive(Device device) => throw new NotSupportedException($"AdamWNaive on {device}: not written yet.");

    private protected override void Launch(ILGPU.ArrayView<float> parameters, ILGPU.ArrayView<float> gradients, ILGPU.ArrayView<float> firstMoment, ILGPU.ArrayView<float> secondMoment, long decayed, in Tensor<float> norm, AdamWStep step) => throw new NotSupportedException();
}
