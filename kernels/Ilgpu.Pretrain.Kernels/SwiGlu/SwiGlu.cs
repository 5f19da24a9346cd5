namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// SwiGLU (arXiv 2002.05202): <c>output = silu(gate) up</c> with <c>silu(x) = x / (1 + exp(-x))</c>. Gate and up of a token
/// lie side by side in one row: width gates, then width ups.
/// </summary>
public abstract class SwiGlu
{
    public static SwiGlu Create(Device device, Rung? rung = null) =>
        (rung ?? device.Best(Rung.Cpu)) switch
        {
            Rung.Naive => new SwiGluNaive(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new SwiGluCpu(device),
            var other => throw new RungUnavailableException(nameof(SwiGlu), other, device),
        };

    /// <param name="output">tokens x width; overwritten.</param>
    /// <param name="gateUp">tokens x (2 width).</param>
    public void Forward(in Tensor<float> output, in Tensor<float> gateUp)
    {
        Shape.Require(gateUp, output.Rows, 2 * output.Columns);
        LaunchForward(output, gateUp);
    }

    /// <param name="gateUpGradient">tokens x (2 width); overwritten. May be <paramref name="gateUp"/> itself.</param>
    /// <param name="outputGradient">tokens x width.</param>
    /// <param name="gateUp">As in the forward pass.</param>
    public void Backward(in Tensor<float> gateUpGradient, in Tensor<float> outputGradient, in Tensor<float> gateUp)
    {
        Shape.Require(gateUp, outputGradient.Rows, 2 * outputGradient.Columns);
        Shape.Require(gateUpGradient, outputGradient.Rows, 2 * outputGradient.Columns);
        LaunchBackward(gateUpGradient, outputGradient, gateUp);
    }

    private protected abstract void LaunchForward(in Tensor<float> output, in Tensor<float> gateUp);

    private protected abstract void LaunchBackward(
        in Tensor<float> gateUpGradient,
        in Tensor<float> outputGradient,
        in Tensor<float> gateUp);
}
