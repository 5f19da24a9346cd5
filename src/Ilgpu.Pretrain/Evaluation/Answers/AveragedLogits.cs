using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Several models' logits averaged on the device, in their order: to the bit those that <see cref="Ensembling.EnsembleDecoder"/> gives.</summary>
internal sealed class AveragedLogits : INextLogits, IDisposable
{
    private readonly IReadOnlyList<INextLogits> members;
    private readonly EnsembleLogits average;
    private readonly Slab<float> slab;
    private readonly Tensor<float> sum;
    private readonly Tensor<float> ofMember;
    private readonly float[] averaged;

    /// <param name="device">Where to average.</param>
    /// <param name="members">Of one vocabulary; their owner is the caller.</param>
    /// <param name="averaging">Of logits or of probabilities.</param>
    /// <param name="rung">For tests; null for the best.</param>
    public AveragedLogits(Device device, IReadOnlyList<INextLogits> members, EnsembleAveraging averaging, Rung? rung)
    {
        this.members = members;
        average = EnsembleLogits.Create(device, averaging, rung);
        var layout = new SlabLayout();
        SlabEntry sumEntry = layout.Reserve("sum", 1, members[0].Vocabulary);
        SlabEntry memberEntry = layout.Reserve("member", 1, members[0].Vocabulary);
        slab = new Slab<float>(device, layout);
        sum = slab[sumEntry];
        ofMember = slab[memberEntry];
        averaged = new float[Vocabulary];
    }

    public int Models => members.Count;

    public int Capacity => members[0].Capacity;

    public int Vocabulary => members[0].Vocabulary;

    public ReadOnlySpan<float> Behind(ReadOnlySpan<int> ids)
    {
        for (int k = 1; k <= members.Count; k++)
        {
            ofMember.CopyFrom(members[k - 1].Behind(ids));
            average.Accumulate(sum, ofMember, k);
        }

        average.Finish(sum, members.Count);
        sum.CopyTo(averaged);
        return averaged;
    }

    public void Dispose() => slab.Dispose();
}
