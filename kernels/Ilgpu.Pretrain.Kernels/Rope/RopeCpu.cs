namespace Ilgpu.Pretrain.Kernels;

internal sealed class RopeCpu : Rope
{
    public RopeCpu(Device device) => throw new NotSupportedException($"RopeCpu on {device}: not written yet.");

    private protected override void Launch(in Tensor<float> qkv, RopeTable table, AttentionShape shape, int firstPosition, bool inverse) => throw new NotSupportedException();
}
