namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Causal scaled dot-product attention with grouped key/value heads, computed block by block with a running softmax
/// (FlashAttention-2, arXiv 2307.08691): no Length x Length matrix is ever in memory. The forward pass keeps
/// the log-sum-exp of each row of scores, from which the backward pass recomputes the probabilities.
/// </summary>
/// <typeparam name="T">Elements of the tensors inside a branch: fp32, or bf16 in mixed precision.</typeparam>
public abstract class Attention<T>
    where T : unmanaged
{
    /// <summary>output = softmax(scale q k^T, causal) v for each sequence and head.</summary>
    /// <param name="output">tokens x (heads * headSize); overwritten.</param>
    /// <param name="logSumExp">
    /// (batch * heads) x length: log of the sum of exp(scale q k) over the visible keys; overwritten.
    /// </param>
    /// <param name="qkv">tokens x <see cref="AttentionShape.QkvColumns"/>, rotated (RoPE) already.</param>
    /// <param name="shape">The extents.</param>
    public void Forward(in Tensor<T> output, in Tensor<float> logSumExp, in Tensor<T> qkv, AttentionShape shape)
    {
        shape.Validate();
        Shape.Require(output, shape.Tokens, shape.OutputColumns);
        Shape.Require(logSumExp, shape.Batch * shape.Heads, shape.Length);
        Shape.Require(qkv, shape.Tokens, shape.QkvColumns);
        LaunchForward(output, logSumExp, qkv, shape);
    }

    /// <summary>The gradient of queries, keys and values.</summary>
    /// <param name="qkvGradient">tokens x <see cref="AttentionShape.QkvColumns"/>; overwritten.</param>
    /// <param name="outputGradient">tokens x (heads * headSize).</param>
    /// <param name="output">From the forward pass.</param>
    /// <param name="logSumExp">From the forward pass.</param>
    /// <param name="qkv">As in the forward pass.</param>
    /// <param name="scratch">At least <see cref="Attention.BackwardScratch"/> elements.</param>
    /// <param name="shape">The extents.</param>
    public void Backward(
        in Tensor<T> qkvGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> output,
        in Tensor<float> logSumExp,
        in Tensor<T> qkv,
        in Tensor<float> scratch,
        AttentionShape shape)
    {
        shape.Validate();
        Shape.Require(qkvGradient, shape.Tokens, shape.QkvColumns);
        Shape.Require(outputGradient, shape.Tokens, shape.OutputColumns);
        Shape.Require(output, shape.Tokens, shape.OutputColumns);
        Shape.Require(logSumExp, shape.Batch * shape.Heads, shape.Length);
        Shape.Require(qkv, shape.Tokens, shape.QkvColumns);
        Shape.RequireScratch(scratch, Attention.BackwardScratch(shape));
        LaunchBackward(qkvGradient, outputGradient, output, logSumExp, qkv, scratch, shape);
    }

    private protected abstract void LaunchForward(
        in Tensor<T> output,
        in Tensor<float> logSumExp,
        in Tensor<T> qkv,
        AttentionShape shape);

    private protected abstract void LaunchBackward(
        in Tensor<T> qkvGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> output,
        in Tensor<float> logSumExp,
        in Tensor<T> qkv,
        in Tensor<float> scratch,
        AttentionShape shape);
}
