using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>
/// A parameter under its name in Hugging Face Llama checkpoints: a range of rows of one of the slab's matrices, since
/// fused matrices go by several names there.
/// </summary>
/// <param name="Name">For example <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Shape">outputs x inputs, or features for a norm's gain.</param>
/// <param name="Entry">The matrix that holds it.</param>
/// <param name="FirstRow">Its first row there.</param>
public sealed record NamedParameter(string Name, IReadOnlyList<int> Shape, SlabEntry Entry, int FirstRow)
{
    public bool IsGain => Shape.Count == 1;

    public int Rows => IsGain ? 1 : Shape[0];

    public int Columns => Shape[^1];

    /// <summary>This parameter's part of a slab laid out by the <see cref="ParameterLayout"/> it comes from.</summary>
    public Tensor<float> In(Slab<float> slab) => slab[Entry].RowRange(FirstRow, Rows);
}
