using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The ops of training, loaded once for a device.</summary>
/// <typeparam name="T">Elements of the residual branches.</typeparam>
internal sealed class LlamaOps<T>(Device device, Rung? rung)
    where T : unmanaged
{
    public Embedding Embedding { get; } = Embedding.Create(device, rung);

    public RmsNorm<T> RmsNorm { get; } = Kernels.RmsNorm.Create<T>(device, rung);

    public Matmul<T> Matmul { get; } = Kernels.Matmul.Create<T>(device, rung);

    public Rope<T> Rope { get; } = Kernels.Rope.Create<T>(device, rung);

    public Attention<T> Attention { get; } = Kernels.Attention.Create<T>(device, rung);

    public SwiGlu<T> SwiGlu { get; } = Kernels.SwiGlu.Create<T>(device, rung);

    /// <summary>Into the residual stream.</summary>
    public Dropout<float> Dropout { get; } = Kernels.Dropout.Create<float>(device, rung);

    /// <summary>Of the stream's gradient on its way into a branch.</summary>
    public Dropout<T> BranchDropout { get; } = Kernels.Dropout.Create<T>(device, rung);

    public OutputHead<T> OutputHead { get; } = new(device, rung);
}
