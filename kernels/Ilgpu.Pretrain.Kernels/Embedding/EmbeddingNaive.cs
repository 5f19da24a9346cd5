namespace Ilgpu.Pretrain.Kernels;

internal sealed class EmbeddingNaive : Embedding
{
    public EmbeddingNaive(Device device) => throw new NotSupportedException($"EmbeddingNaive on {device}: not written yet.");

    private protected override void LaunchForward(in Tensor<float> output, in Tensor<int> ids, in Tensor<float> table) => throw new NotSupportedException();

    private protected override void LaunchBackward(in Tensor<float> tableGradient, in Tensor<float> outputGradient, in Tensor<int> ids, bool accumulate) => throw new NotSupportedException();
}
