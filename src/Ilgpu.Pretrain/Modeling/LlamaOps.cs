using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The ops of training, loaded once for a device.</summary>
internal sealed class LlamaOps(Device device, Rung? rung)
{
    public Embedding Embedding { get; } = Embedding.Create(device, rung);

    public RmsNorm<float> RmsNorm { get; } = Kernels.RmsNorm.Create<float>(device, rung);

    public Matmul<float> Matmul { get; } = Kernels.Matmul.Create<float>(device, rung);

    public Rope<float> Rope { get; } = Kernels.Rope.Create<float>(device, rung);

    public Attention<float> Attention { get; } = Kernels.Attention.Create<float>(device, rung);

    public SwiGlu<float> SwiGlu { get; } = Kernels.SwiGlu.Create<float>(device, rung);

    public Dropout<float> Dropout { get; } = Kernels.Dropout.Create<float>(device, rung);

    public OutputHead<float> OutputHead { get; } = new(device, rung);
}
