using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The matrices of a slab of parameters, or of gradients, by their role.</summary>
internal sealed class LlamaWeights
{
    public LlamaWeights(ParameterLayout layout, Slab<float> slab)
    {
        Embedding = slab[layout.Embedding];
        Layers = [.. layout.Layers.Select(layer => new LayerWeights(
            slab[layer.AttentionNorm],
            slab[layer.Matrices.Qkv],
            slab[layer.Matrices.AttentionOutput],
            slab[layer.MlpNorm],
            slab[layer.Matrices.GateUp],
            slab[layer.Matrices.Down]))];
        FinalNorm = slab[layout.FinalNorm];
        Head = slab[layout.Head];
    }

    public Tensor<float> Embedding { get; }

    public LayerWeights[] Layers { get; }

    public Tensor<float> FinalNorm { get; }

    public Tensor<float> Head { get; }
}

/// <summary>One layer's matrices; shapes as in <see cref="LayerMatrices"/>.</summary>
internal sealed record LayerWeights(
    Tensor<float> AttentionNorm,
    Tensor<float> Qkv,
    Tensor<float> AttentionOutput,
    Tensor<float> MlpNorm,
    Tensor<float> GateUp,
    Tensor<float> Down);
