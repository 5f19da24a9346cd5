using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// Where each parameter lies in the one slab that holds them all: first the matrices that weight decay applies to (the
/// output head among them), then the input embedding and the norms' gains, which it does not. Weights lie as outputs x
/// inputs. Gradients and optimizer moments are slabs of the same layout.
/// </summary>
/// <remarks>With tied embeddings the one matrix serves as the head and is decayed as such.</remarks>
public sealed class ParameterLayout
{
    /// <exception cref="InputException">The configuration is not valid.</exception>
    public ParameterLayout(LlamaConfig config)
    {
        config.Validate();
        Config = config;
        LayerMatrices[] matrices = [.. Enumerable.Range(0, config.Layers).Select(i => new LayerMatrices(
            Slab.Reserve($"layers.{i}.qkv", config.QkvColumns, config.Hidden),
            Slab.Reserve($"layers.{i}.attention_output", config.Hidden, config.Hidden),
            Slab.Reserve($"layers.{i}.gate_up", 2 * config.Mlp, config.Hidden),
            Slab.Reserve($"layers.{i}.down", config.Hidden, config.Mlp)))];
        HiddenLength = Slab.Length;
        Head = Slab.Reserve("head", config.Vocabulary, config.Hidden);
        DecayedLength = Slab.Length;
        Embedding = config.TiedEmbeddings ? Head : Slab.Reserve("embedding", config.Vocabulary, config.Hidden);
        Layers = [.. matrices.Select((layer, i) => new LayerParameters(
            layer,
            Slab.Reserve($"layers.{i}.attention_norm", 1, config.Hidden),
            Slab.Reserve($"layers.{i}.mlp_norm", 1, config.Hidden)))];
        FinalNorm = Slab.Reserve("final_norm", 1, config.Hidden);
        Named = [.. HuggingFaceNames.Of(this)];
        LayerMatrices = [.. Named.Where(parameter => !parameter.IsGain && parameter.Entry != Head && parameter.Entry != Embedding)];
    }

    public LlamaConfig Config { get; }

    /// <summary>The plan of the slab.</summary>
    public SlabLayout Slab { get; } = new();

    /// <summary>The first so many elements of the slab are decayed, the rest are not.</summary>
    public long DecayedLength { get; }

    /// <summary>The layers' matrices, and nothing else but gaps, are the first so many elements of the slab: what Muon updates, and what is pruned.</summary>
    public long HiddenLength { get; }

    /// <summary>
    /// The layers' matrices in the order in which they lie. Queries, keys, values, gates and ups are matrices of their own:
    /// fused ones would be made orthogonal to each other.
    /// </summary>
    public IReadOnlyList<MuonMatrix> HiddenMatrices =>
    [
        .. Named.Where(parameter => !parameter.IsGain && parameter.Entry.Offset < HiddenLength)
            .Select(parameter => new MuonMatrix(parameter.Entry.Offset + ((long)parameter.FirstRow * parameter.Columns), parameter.Rows, parameter.Columns))
            .OrderBy(matrix => matrix.Offset),
    ];

    /// <summary>vocabulary x hidden; <see cref="Head"/> itself where embeddings are tied.</summary>
    public SlabEntry Embedding { get; }

    internal IReadOnlyList<LayerParameters> Layers { get; }

    /// <summary>1 x hidden.</summary>
    public SlabEntry FinalNorm { get; }

    /// <summary>vocabulary x hidden.</summary>
    public SlabEntry Head { get; }

    /// <summary>All parameters under their names in Hugging Face Llama checkpoints, in the order these list them.</summary>
    public IReadOnlyList<NamedParameter> Named { get; }

    /// <summary>Those of <see cref="Named"/> that are a layer's matrices, seven a layer.</summary>
    public IReadOnlyList<NamedParameter> LayerMatrices { get; }
}

/// <summary>The places of one layer's matrices in the slab.</summary>
/// <param name="Qkv">(heads + 2 keyValueHeads) headSize x hidden: queries, keys, values.</param>
/// <param name="AttentionOutput">hidden x hidden.</param>
/// <param name="GateUp">2 mlp x hidden: gates, ups.</param>
/// <param name="Down">hidden x mlp.</param>
internal sealed record LayerMatrices(SlabEntry Qkv, SlabEntry AttentionOutput, SlabEntry GateUp, SlabEntry Down);

/// <summary>The places of one layer's parameters in the slab; the gains are 1 x hidden.</summary>
internal sealed record LayerParameters(LayerMatrices Matrices, SlabEntry AttentionNorm, SlabEntry MlpNorm);
