namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Rotary position embedding of queries and keys, in place, in the half-split layout of Hugging Face: feature i of a head
/// pairs with feature i + headSize / 2. <c>(a, b) -> (a cos - b sin, b cos + a sin)</c>. Values are left as they are.
/// </summary>
/// <typeparam name="T">Elements of the tensors inside a branch: fp32, or bf16 in mixed precision.</typeparam>
public abstract class Rope<T>
    where T : unmanaged
{
    /// <summary>Turns the queries and keys of row b * length + t by position <paramref name="firstPosition"/> + t.</summary>
    /// <param name="qkv">tokens x <see cref="AttentionShape.QkvColumns"/>.</param>
    /// <param name="table">Holds at least firstPosition + length positions.</param>
    /// <param name="shape">The extents.</param>
    /// <param name="firstPosition">The position of each sequence's first row.</param>
    public void Forward(in Tensor<T> qkv, RopeTable table, AttentionShape shape, int firstPosition = 0) =>
        Turn(qkv, table, shape, firstPosition, inverse: false);

    /// <summary>The backward pass: a rotation's gradient is turned back by the same angle.</summary>
    public void Backward(in Tensor<T> qkvGradient, RopeTable table, AttentionShape shape, int firstPosition = 0) =>
        Turn(qkvGradient, table, shape, firstPosition, inverse: true);

    private void Turn(in Tensor<T> qkv, RopeTable table, AttentionShape shape, int firstPosition, bool inverse)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfNegative(firstPosition);
        Shape.Require(qkv, shape.Tokens, shape.QkvColumns);
        if (table.Cosines.Columns != shape.HeadSize / 2 || table.Cosines.Rows - shape.Length < firstPosition)
            throw new ArgumentException($"A RoPE table of {table.Cosines} does not cover positions up to {(long)firstPosition + shape.Length} of heads of {shape.HeadSize}.");
        Launch(qkv, table, shape, firstPosition, inverse);
    }

    private protected abstract void Launch(
        in Tensor<T> qkv,
        RopeTable table,
        AttentionShape shape,
        int firstPosition,
        bool inverse);
}
