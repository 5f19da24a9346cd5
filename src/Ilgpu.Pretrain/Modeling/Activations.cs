using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The activations of one micro-batch, allocated as an <see cref="ActivationLayout"/> plans them.</summary>
/// <typeparam name="T">Elements of the residual branches.</typeparam>
internal sealed class Activations<T> : IDisposable
    where T : unmanaged
{
    private readonly Slab<float> kept;
    private readonly Slab<float> scratch;
    private readonly Slab<T> keptBranches;
    private readonly Slab<T> branchScratch;

    public Activations(Device device, ActivationLayout layout)
    {
        kept = new Slab<float>(device, layout.Kept);
        scratch = new Slab<float>(device, layout.Scratch);
        keptBranches = Branches(device, layout.KeptBranches, kept);
        branchScratch = Branches(device, layout.BranchScratch, scratch);
        Layers = [.. layout.Layers.Select(layer => new LayerActivations<T>(kept, keptBranches, layer))];
        Output = kept[layout.Output];
        Normed = keptBranches[layout.Normed];
        InverseRms = kept[layout.InverseRms];
        Losses = scratch[layout.Losses];
        Logits = scratch[layout.Logits];
        if (layout.Backward is { } backward)
            Backward = new BackwardActivations<T>(scratch, branchScratch, backward);
        if (layout.Dropped is { } dropped)
            Dropped = scratch[dropped];
    }

    public LayerActivations<T>[] Layers { get; }

    /// <summary>tokens x hidden: the last layer's output.</summary>
    public Tensor<float> Output { get; }

    /// <summary>tokens x hidden: the final norm's output.</summary>
    public Tensor<T> Normed { get; }

    /// <summary>1 x tokens.</summary>
    public Tensor<float> InverseRms { get; }

    /// <summary>1 x tokens.</summary>
    public Tensor<float> Losses { get; }

    /// <summary>A chunk of tokens x vocabulary.</summary>
    public Tensor<float> Logits { get; }

    /// <summary>Null where the model does not train.</summary>
    public BackwardActivations<T>? Backward { get; }

    /// <summary>tokens x hidden: a branch's end before dropout. Null without dropout.</summary>
    public Tensor<float>? Dropped { get; }

    /// <summary>The residual stream that layer <paramref name="layer"/> writes: the next one's input.</summary>
    public Tensor<float> OutputOf(int layer) => layer + 1 < Layers.Length ? Layers[layer + 1].Input : Output;

    public void Dispose()
    {
        kept.Dispose();
        scratch.Dispose();
        if (typeof(T) == typeof(float))
            return;
        keptBranches.Dispose();
        branchScratch.Dispose();
    }

    /// <summary>Branches in fp32 are planned together with the stream, in one slab.</summary>
    private static Slab<T> Branches(Device device, SlabLayout layout, Slab<float> stream) =>
        stream is Slab<T> same ? same : new Slab<T>(device, layout);
}

/// <summary>What one layer's forward pass leaves for its backward pass.</summary>
internal sealed class LayerActivations<T>(Slab<float> stream, Slab<T> branches, LayerEntries entries)
    where T : unmanaged
{
    /// <summary>tokens x hidden: the residual stream as it enters.</summary>
    public Tensor<float> Input { get; } = stream[entries.Input];

    /// <summary>tokens x hidden.</summary>
    public Tensor<T> AttentionNormed { get; } = branches[entries.AttentionNormed];

    /// <summary>1 x tokens.</summary>
    public Tensor<float> AttentionInverseRms { get; } = stream[entries.AttentionInverseRms];

    /// <summary>tokens x qkv columns: queries and keys rotated.</summary>
    public Tensor<T> Qkv { get; } = branches[entries.Qkv];

    /// <summary>tokens x hidden: the heads' outputs side by side.</summary>
    public Tensor<T> Attended { get; } = branches[entries.Attended];

    /// <summary>(batch heads) x length.</summary>
    public Tensor<float> LogSumExp { get; } = stream[entries.LogSumExp];

    /// <summary>tokens x hidden: the residual stream after attention.</summary>
    public Tensor<float> Middle { get; } = stream[entries.Middle];

    /// <summary>tokens x hidden.</summary>
    public Tensor<T> MlpNormed { get; } = branches[entries.MlpNormed];

    /// <summary>1 x tokens.</summary>
    public Tensor<float> MlpInverseRms { get; } = stream[entries.MlpInverseRms];

    /// <summary>tokens x 2 mlp: gates, ups.</summary>
    public Tensor<T> GateUp { get; } = branches[entries.GateUp];

    /// <summary>tokens x mlp: SwiGLU's output.</summary>
    public Tensor<T> Gated { get; } = branches[entries.Gated];
}

/// <summary>Working memory of the backward pass.</summary>
internal sealed class BackwardActivations<T>(Slab<float> stream, Slab<T> branches, BackwardEntries entries)
    where T : unmanaged
{
    /// <summary>tokens x hidden: the gradient of the residual stream, updated from the last layer to the first.</summary>
    public Tensor<float> Residual { get; } = stream[entries.ResidualGradient];

    /// <summary>tokens x hidden: a gradient inside a branch, where it is as wide as the residual stream.</summary>
    public Tensor<T> Branch { get; } = branches[entries.BranchGradient];

    /// <summary>tokens x qkv columns.</summary>
    public Tensor<T> Qkv { get; } = branches[entries.QkvGradient];

    /// <summary>tokens x mlp.</summary>
    public Tensor<T> Gated { get; } = branches[entries.MlpGradient];

    /// <summary>tokens x hidden: <see cref="Residual"/> as a branch's backward pass takes it, dropped and rounded; that itself where it is neither.</summary>
    public Tensor<T> BranchOutput { get; } = branches[entries.BranchOutput];

    /// <summary>A chunk of tokens x vocabulary: the logits' gradient; in their place where it is fp32.</summary>
    public Tensor<T> Logits { get; } = branches[entries.LogitsGradient];

    public Tensor<float> NormScratch { get; } = stream[entries.NormScratch];

    public Tensor<float> AttentionScratch { get; } = stream[entries.AttentionScratch];
}
