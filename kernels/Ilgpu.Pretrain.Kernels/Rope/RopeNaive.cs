namespace Ilgpu.Pretrain.Kernels;

internal sealed class RopeNaive : Rope
{
    public RopeNaive(Device device) => throw new NotSupportedException($"RopeNaive on {device}: not written yet.");

    private protected override void Launch(in Tensor<float> qkv, RopeTable table, AttentionShape shape, int firstPosition, bool inverse) => throw new NotSupportedException();
}
