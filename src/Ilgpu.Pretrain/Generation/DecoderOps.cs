using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Generation;

/// <summary>The ops of decoding, loaded once for a device.</summary>
internal sealed class DecoderOps(Device device, Rung? rung)
{
    public Embedding Embedding { get; } = Embedding.Create(device, rung);

    public RmsNorm<float> RmsNorm { get; } = Kernels.RmsNorm.Create<float>(device, rung);

    public Matmul<float> Matmul { get; } = Kernels.Matmul.Create<float>(device, rung);

    public Rope<float> Rope { get; } = Kernels.Rope.Create<float>(device, rung);

    public DecodeAttention Attention { get; } = DecodeAttention.Create(device, rung);

    public SwiGlu<float> SwiGlu { get; } = Kernels.SwiGlu.Create<float>(device, rung);
}
