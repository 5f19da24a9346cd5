namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// SwiGLU (arXiv 2002.05202): <c>output = silu(gate) up</c> with <c>silu(x) = x / (1 + exp(-x))</c>. Gate and up of a token
/// lie side by side in one row: width gates, then width ups.
/// </summary>
/// <typeparam name="T">Elements of the tensors inside a branch: fp32, or bf16 in mixed precision.</typeparam>
public abstract class SwiGlu<T>
    where T : unmanaged
{
    /// <param name="output">tokens x width; overwritten.</param>
    /// <param name="gateUp">tokens x (2 width).</param>
    public void Forward(in Tensor<T> output, in Tensor<T> gateUp)
    {
        Shape.Require(gateUp, output.Rows, 2 * output.Columns);
        LaunchForward(output, gateUp);
    }

    /// <param name="gateUpGradient">tokens x (2 width); overwritten. May be <paramref name="gateUp"/> itself.</param>
    /// <param name="outputGradient">tokens x width.</param>
    /// <param name="gateUp">As in the forward pass.</param>
    public void Backward(in Tensor<T> gateUpGradient, in Tensor<T> outputGradient, in Tensor<T> gateUp)
    {
        Shape.Require(gateUp, outputGradient.Rows, 2 * outputGradient.Columns);
        Shape.Require(gateUpGradient, outputGradient.Rows, 2 * outputGradient.Columns);
        LaunchBackward(gateUpGradient, outputGradient, gateUp);
    }

    private protected abstract void LaunchForward(in Tensor<T> output, in Tensor<T> gateUp);

    private protected abstract void LaunchBackward(
        in Tensor<T> gateUpGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> gateUp);
}
