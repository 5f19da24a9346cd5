using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The dropout masks of one micro-batch: none at rate 0.</summary>
/// <param name="Rate">Probability of dropping an element.</param>
/// <param name="Seed">The run's dropout seed.</param>
/// <param name="Step">The micro-batch's number in the run.</param>
internal readonly record struct DropoutMasks(float Rate, uint Seed, uint Step)
{
    public bool Any => Rate > 0;

    public DropoutKey Embedding => new(Seed, Step, 0);

    public DropoutKey Attention(int layer) => new(Seed, Step, (2 * (uint)layer) + 1);

    public DropoutKey Mlp(int layer) => new(Seed, Step, (2 * (uint)layer) + 2);
}
