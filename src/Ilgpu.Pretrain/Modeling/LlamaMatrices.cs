using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The matrices that products take, of a slab of parameters or of their rounded copy.</summary>
internal sealed class LlamaMatrices<T>
    where T : unmanaged
{
    public LlamaMatrices(ParameterLayout layout, Slab<T> slab)
    {
        Layers = [.. layout.Layers.Select(layer => new LayerMatrixTensors<T>(
            slab[layer.Matrices.Qkv],
            slab[layer.Matrices.AttentionOutput],
            slab[layer.Matrices.GateUp],
            slab[layer.Matrices.Down]))];
        Head = slab[layout.Head];
    }

    public LayerMatrixTensors<T>[] Layers { get; }

    public Tensor<T> Head { get; }
}

/// <summary>One layer's matrices; shapes as in <see cref="LayerMatrices"/>.</summary>
internal sealed record LayerMatrixTensors<T>(
    Tensor<T> Qkv,
    Tensor<T> AttentionOutput,
    Tensor<T> GateUp,
    Tensor<T> Down)
    where T : unmanaged;
