namespace Ilgpu.Pretrain.Kernels;

internal sealed class DecodeAttentionNaive : DecodeAttention
{
    public DecodeAttentionNaive(Device device) => throw new NotSupportedException($"DecodeAttentionNaive on {device}: not written yet.");

    private protected override void Launch(in Tensor<float> output, in Tensor<float> keyCache, in Tensor<float> valueCache, in Tensor<float> qkv, in Tensor<float> scratch, AttentionShape shape, int position) => throw new NotSupportedException();
}
