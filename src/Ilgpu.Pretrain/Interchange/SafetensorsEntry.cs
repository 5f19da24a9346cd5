namespace Ilgpu.Pretrain.Interchange;

/// <summary>A tensor's place in a safetensors file.</summary>
/// <param name="Name">Its name, for example <c>model.layers.0.mlp.up_proj.weight</c>.</param>
/// <param name="ElementType">As the format writes it: <c>F32</c>, <c>BF16</c>, ...</param>
/// <param name="Shape">Row-major extents; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the end of the header.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record SafetensorsEntry(string Name, string ElementType, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>Product of the extents.</summary>
    /// <exception cref="OverflowException">It does not fit 64 bits.</exception>
    public long Elements => Shape.Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary><c>[512, 64]</c></summary>
    public string ShapeText => "[" + string.Join(", ", Shape) + "]";
}
