using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The activations of one micro-batch, allocated as an <see cref="ActivationLayout"/> plans them.</summary>
internal sealed class Activations : IDisposable
{
    private readonly Slab<float> kept;
    private readonly Slab<float> scratch;
    private readonly Slab<int> ids;

    public Activations(Device device, ActivationLayout layout)
    {
        kept = new Slab<float>(device, layout.Kept);
        scratch = new Slab<float>(device, layout.Scratch);
        ids = new Slab<int>(device, layout.Ids);
        Layers = [.. layout.Layers.Select(layer => new LayerActivations(kept, layer))];
        Output = kept[layout.Output];
        Normed = kept[layout.Normed];
        InverseRms = kept[layout.InverseRms];
        InputIds = ids[layout.InputIds];
        TargetIds = ids[layout.TargetIds];
        Losses = scratch[layout.Losses];
        Logits = scratch[layout.Logits];
        if (layout.Backward is { } backward)
            Backward = new BackwardActivations(scratch, backward);
        if (layout.Dropped is { } dropped)
            Dropped = scratch[dropped];
    }

    public LayerActivations[] Layers { get; }

    /// <summary>tokens x hidden: the last layer's output.</summary>
    public Tensor<float> Output { get; }

    /// <summary>tokens x hidden: the final norm's output.</summary>
    public Tensor<float> Normed { get; }

    /// <summary>1 x tokens.</summary>
    public Tensor<float> InverseRms { get; }

    /// <summary>1 x tokens.</summary>
    public Tensor<int> InputIds { get; }

    /// <summary>1 x tokens.</summary>
    public Tensor<int> TargetIds { get; }

    /// <summary>1 x tokens.</summary>
    public Tensor<float> Losses { get; }

    /// <summary>A chunk of tokens x vocabulary.</summary>
    public Tensor<float> Logits { get; }

    /// <summary>Null where the model does not train.</summary>
    public BackwardActivations? Backward { get; }

    /// <summary>tokens x hidden: a branch's end before dropout, and its gradient after it. Null without dropout.</summary>
    public Tensor<float>? Dropped { get; }

    /// <summary>The residual stream that layer <paramref name="layer"/> writes: the next one's input.</summary>
    public Tensor<float> OutputOf(int layer) => layer + 1 < Layers.Length ? Layers[layer + 1].Input : Output;

    public void Dispose()
    {
        kept.Dispose();
        scratch.Dispose();
        ids.Dispose();
    }
}

/// <summary>What one layer's forward pass leaves for its backward pass.</summary>
internal sealed class LayerActivations(Slab<float> slab, LayerEntries entries)
{
    /// <summary>tokens x hidden: the residual stream as it enters.</summary>
    public Tensor<float> Input { get; } = slab[entries.Input];

    /// <summary>tokens x hidden.</summary>
    public Tensor<float> AttentionNormed { get; } = slab[entries.AttentionNormed];

    /// <summary>1 x tokens.</summary>
    public Tensor<float> AttentionInverseRms { get; } = slab[entries.AttentionInverseRms];

    /// <summary>tokens x qkv columns: queries and keys rotated.</summary>
    public Tensor<float> Qkv { get; } = slab[entries.Qkv];

    /// <summary>tokens x hidden: the heads' outputs side by side.</summary>
    public Tensor<float> Attended { get; } = slab[entries.Attended];

    /// <summary>(batch heads) x length.</summary>
    public Tensor<float> LogSumExp { get; } = slab[entries.LogSumExp];

    /// <summary>tokens x hidden: the residual stream after attention.</summary>
    public Tensor<float> Middle { get; } = slab[entries.Middle];

    /// <summary>tokens x hidden.</summary>
    public Tensor<float> MlpNormed { get; } = slab[entries.MlpNormed];

    /// <summary>1 x tokens.</summary>
    public Tensor<float> MlpInverseRms { get; } = slab[entries.MlpInverseRms];

    /// <summary>tokens x 2 mlp: gates, ups.</summary>
    public Tensor<float> GateUp { get; } = slab[entries.GateUp];

    /// <summary>tokens x mlp: SwiGLU's output.</summary>
    public Tensor<float> Gated { get; } = slab[entries.Gated];
}

/// <summary>Working memory of the backward pass.</summary>
internal sealed class BackwardActivations(Slab<float> slab, BackwardEntries entries)
{
    /// <summary>tokens x hidden: the gradient of the residual stream, updated from the last layer to the first.</summary>
    public Tensor<float> Residual { get; } = slab[entries.ResidualGradient];

    /// <summary>tokens x hidden: a gradient inside a branch, where it is as wide as the residual stream.</summary>
    public Tensor<float> Branch { get; } = slab[entries.BranchGradient];

    /// <summary>tokens x qkv columns.</summary>
    public Tensor<float> Qkv { get; } = slab[entries.QkvGradient];

    /// <summary>tokens x mlp.</summary>
    public Tensor<float> Gated { get; } = slab[entries.MlpGradient];

    public Tensor<float> NormScratch { get; } = slab[entries.NormScratch];

    public Tensor<float> AttentionScratch { get; } = slab[entries.AttentionScratch];
}
