using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// Where the activations of one micro-batch lie. Training keeps every layer's; with recomputation only each layer's
/// input and one set of the rest; without training one set serves all layers and the residual stream is one matrix.
/// </summary>
internal sealed class ActivationLayout
{
    public ActivationLayout(LlamaConfig config, LlamaModelOptions options)
    {
        int tokens = options.Tokens;
        var attention = new AttentionShape(options.Batch, options.Length, config.Heads, config.KeyValueHeads, config.HeadSize);
        bool rounds = options.Precision != ComputePrecision.Fp32;
        KeptBranches = rounds ? new SlabLayout() : Kept;
        BranchScratch = rounds ? new SlabLayout() : Scratch;
        int chunk = rounds ? OutputHead.TensorCoreChunkTokens(tokens, config.Vocabulary) : OutputHead.ChunkTokens(tokens, config.Vocabulary);
        Layers = ReserveLayers(config, options, attention);
        Output = options.Training ? Kept.Reserve("output", tokens, config.Hidden) : Layers[0].Input;
        Normed = KeptBranches.Reserve("normed", tokens, config.Hidden);
        InverseRms = Kept.Reserve("inverse_rms", 1, tokens);

        Losses = Scratch.Reserve("losses", 1, tokens);
        Logits = Scratch.Reserve("logits", chunk, config.Vocabulary);
        if (!options.Training)
            return;
        SlabEntry residualGradient = Scratch.Reserve("residual_gradient", tokens, config.Hidden);
        SlabEntry branchGradient = BranchScratch.Reserve("branch_gradient", tokens, config.Hidden);
        SlabEntry qkvGradient = BranchScratch.Reserve("qkv_gradient", tokens, config.QkvColumns);
        SlabEntry mlpGradient = BranchScratch.Reserve("mlp_gradient", tokens, config.Mlp);
        SlabEntry normScratch = Scratch.Reserve("norm_scratch", 1, checked((int)RmsNorm.BackwardScratch(tokens, config.Hidden)));
        SlabEntry attentionScratch = Scratch.Reserve("attention_scratch", 1, checked((int)Attention.BackwardScratch(attention)));
        if (options.Dropout > 0)
            Dropped = Scratch.Reserve("dropped", tokens, config.Hidden);
        Backward = new BackwardEntries(
            residualGradient,
            branchGradient,
            rounds ? BranchScratch.Reserve("branch_output_gradient", tokens, config.Hidden) : Dropped ?? residualGradient,
            qkvGradient,
            mlpGradient,
            rounds ? BranchScratch.Reserve("logits_gradient", chunk, config.Vocabulary) : Logits,
            normScratch,
            attentionScratch);
    }

    /// <summary>What lives from the forward pass to the backward pass.</summary>
    public SlabLayout Kept { get; } = new();

    /// <summary>What lives within a pass.</summary>
    public SlabLayout Scratch { get; } = new();

    /// <summary>What lives as long as <see cref="Kept"/>, in the elements of the branches; that itself where they are fp32.</summary>
    public SlabLayout KeptBranches { get; }

    /// <summary>What lives within a pass, in the elements of the branches; <see cref="Scratch"/> itself where they are fp32.</summary>
    public SlabLayout BranchScratch { get; }

    public IReadOnlyList<LayerEntries> Layers { get; }

    /// <summary>tokens x hidden: the last layer's output.</summary>
    public SlabEntry Output { get; }

    /// <summary>tokens x hidden: the final norm's output.</summary>
    public SlabEntry Normed { get; }

    public SlabEntry InverseRms { get; }

    public SlabEntry Losses { get; }

    public SlabEntry Logits { get; }

    public BackwardEntries? Backward { get; }

    /// <summary>tokens x hidden: a branch's end before dropout, and in fp32 its gradient after it; null without dropout.</summary>
    public SlabEntry? Dropped { get; }

    private LayerEntries[] ReserveLayers(LlamaConfig config, LlamaModelOptions options, AttentionShape attention)
    {
        int tokens = options.Tokens;
        var layers = new LayerEntries[config.Layers];
        for (int i = 0; i < layers.Length; i++)
        {
            bool first = i == 0;
            bool ownInput = first || options.Training;
            bool ownRest = first || (options.Training && !options.Recompute);
            SlabEntry input = ownInput ? Kept.Reserve($"layers.{i}.input", tokens, config.Hidden) : layers[0].Input;
            if (!ownRest)
            {
                layers[i] = layers[0] with { Input = input };
                continue;
            }

            layers[i] = new LayerEntries(
                input,
                KeptBranches.Reserve($"layers.{i}.attention_normed", tokens, config.Hidden),
                Kept.Reserve($"layers.{i}.attention_inverse_rms", 1, tokens),
                KeptBranches.Reserve($"layers.{i}.qkv", tokens, config.QkvColumns),
                KeptBranches.Reserve($"layers.{i}.attended", tokens, config.Hidden),
                Kept.Reserve($"layers.{i}.log_sum_exp", attention.Batch * attention.Heads, attention.Length),
                options.Training ? Kept.Reserve($"layers.{i}.middle", tokens, config.Hidden) : input,
                KeptBranches.Reserve($"layers.{i}.mlp_normed", tokens, config.Hidden),
                Kept.Reserve($"layers.{i}.mlp_inverse_rms", 1, tokens),
                KeptBranches.Reserve($"layers.{i}.gate_up", tokens, 2 * config.Mlp),
                KeptBranches.Reserve($"layers.{i}.gated", tokens, config.Mlp));
        }

        return layers;
    }
}

/// <summary>The places of one layer's activations.</summary>
internal sealed record LayerEntries(
    SlabEntry Input,
    SlabEntry AttentionNormed,
    SlabEntry AttentionInverseRms,
    SlabEntry Qkv,
    SlabEntry Attended,
    SlabEntry LogSumExp,
    SlabEntry Middle,
    SlabEntry MlpNormed,
    SlabEntry MlpInverseRms,
    SlabEntry GateUp,
    SlabEntry Gated);

/// <summary>The places of the backward pass's working memory.</summary>
internal sealed record BackwardEntries(
    SlabEntry ResidualGradient,
    SlabEntry BranchGradient,
    SlabEntry BranchOutput,
    SlabEntry QkvGradient,
    SlabEntry MlpGradient,
    SlabEntry LogitsGradient,
    SlabEntry NormScratch,
    SlabEntry AttentionScratch);
