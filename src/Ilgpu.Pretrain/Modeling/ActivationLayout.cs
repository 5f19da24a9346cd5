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
        int chunk = OutputHead.ChunkTokens(tokens, config.Vocabulary);
        Layers = ReserveLayers(config, options, attention);
        Output = options.Training ? Kept.Reserve("output", tokens, config.Hidden) : Layers[0].Input;
        Normed = Kept.Reserve("normed", tokens, config.Hidden);
        InverseRms = Kept.Reserve("inverse_rms", 1, tokens);

        InputIds = Ids.Reserve("inputs", 1, tokens);
        TargetIds = Ids.Reserve("targets", 1, tokens);
        Losses = Scratch.Reserve("losses", 1, tokens);
        Logits = Scratch.Reserve("logits", chunk, config.Vocabulary);
        if (!options.Training)
            return;
        Backward = new BackwardEntries(
            Scratch.Reserve("residual_gradient", tokens, config.Hidden),
            Scratch.Reserve("branch_gradient", tokens, config.Hidden),
            Scratch.Reserve("qkv_gradient", tokens, config.QkvColumns),
            Scratch.Reserve("mlp_gradient", tokens, config.Mlp),
            Scratch.Reserve("norm_scratch", 1, checked((int)RmsNorm.BackwardScratch(tokens, config.Hidden))),
            Scratch.Reserve("attention_scratch", 1, checked((int)Attention.BackwardScratch(attention))));
        if (options.Dropout > 0)
            Dropped = Scratch.Reserve("dropped", tokens, config.Hidden);
    }

    /// <summary>What lives from the forward pass to the backward pass.</summary>
    public SlabLayout Kept { get; } = new();

    /// <summary>What lives within a pass.</summary>
    public SlabLayout Scratch { get; } = new();

    /// <summary>Token ids, integers.</summary>
    public SlabLayout Ids { get; } = new();

    public IReadOnlyList<LayerEntries> Layers { get; }

    /// <summary>tokens x hidden: the last layer's output.</summary>
    public SlabEntry Output { get; }

    /// <summary>tokens x hidden: the final norm's output.</summary>
    public SlabEntry Normed { get; }

    public SlabEntry InverseRms { get; }

    public SlabEntry InputIds { get; }

    public SlabEntry TargetIds { get; }

    public SlabEntry Losses { get; }

    public SlabEntry Logits { get; }

    public BackwardEntries? Backward { get; }

    /// <summary>tokens x hidden: a branch's end before dropout, and its gradient after it; null without dropout.</summary>
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
                Kept.Reserve($"layers.{i}.attention_normed", tokens, config.Hidden),
                Kept.Reserve($"layers.{i}.attention_inverse_rms", 1, tokens),
                Kept.Reserve($"layers.{i}.qkv", tokens, config.QkvColumns),
                Kept.Reserve($"layers.{i}.attended", tokens, config.Hidden),
                Kept.Reserve($"layers.{i}.log_sum_exp", attention.Batch * attention.Heads, attention.Length),
                options.Training ? Kept.Reserve($"layers.{i}.middle", tokens, config.Hidden) : input,
                Kept.Reserve($"layers.{i}.mlp_normed", tokens, config.Hidden),
                Kept.Reserve($"layers.{i}.mlp_inverse_rms", 1, tokens),
                Kept.Reserve($"layers.{i}.gate_up", tokens, 2 * config.Mlp),
                Kept.Reserve($"layers.{i}.gated", tokens, config.Mlp));
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
    SlabEntry QkvGradient,
    SlabEntry MlpGradient,
    SlabEntry NormScratch,
    SlabEntry AttentionScratch);
