using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The ops of training, loaded once for a device.</summary>
internal sealed class LlamaOps(Device device, Rung? rung)
{
    public Embedding Embedding { get; } = Embedding.Create(device, rung);

    public RmsNorm RmsNorm { get; } = RmsNorm.Create(device, rung);

    public Matmul Matmul { get; } = Matmul.Create(device, rung);

    public Rope Rope { get; } = Rope.Create(device, rung);

    public Attention Attention { get; } = Attention.Create(device, rung);

    public SwiGlu SwiGlu { get; } = SwiGlu.Create(device, rung);

    public Dropout Dropout { get; } = Dropout.Create(device, rung);

    public OutputHead OutputHead { get; } = new(device, rung);
}
