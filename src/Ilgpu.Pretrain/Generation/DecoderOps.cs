using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Generation;

/// <summary>The ops of decoding, loaded once for a device.</summary>
internal sealed class DecoderOps(Device device, Rung? rung)
{
    public Embedding Embedding { get; } = Embedding.Create(device, rung);

    public RmsNorm RmsNorm { get; } = RmsNorm.Create(device, rung);

    public Matmul Matmul { get; } = Matmul.Create(device, rung);

    public Rope Rope { get; } = Rope.Create(device, rung);

    public DecodeAttention Attention { get; } = DecodeAttention.Create(device, rung);

    public SwiGlu SwiGlu { get; } = SwiGlu.Create(device, rung);
}
