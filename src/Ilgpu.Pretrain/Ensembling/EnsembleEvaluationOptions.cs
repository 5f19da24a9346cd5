using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>How an ensemble is evaluated; none of it changes the losses of its members and of the first K.</summary>
public sealed record EnsembleEvaluationOptions
{
    public MemberResidency Residency { get; init; } = MemberResidency.Auto;

    /// <summary>The dataset is another one than the members were trained on, of the same tokenizer, as the caller knows.</summary>
    public bool OtherData { get; init; }

    /// <summary>Windows a batch; null for the first member's.</summary>
    public int? Batch { get; init; }

    /// <summary>
    /// Orders of the members, from 1 to as many as there are, whose losses are averaged beside: rotations of the given one,
    /// spread evenly. More than one keeps the logits of all members for a chunk of tokens.
    /// </summary>
    public int Orders { get; init; } = 1;

    /// <summary>Host memory for the hidden states of members that are streamed: more means fewer reloads.</summary>
    public long HiddenStateBytes { get; init; } = 1L << 30;

    /// <summary>The rung of every op, for tests; null for the best.</summary>
    public Rung? Rung { get; init; }
}
