using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Root-mean-square normalisation (Zhang and Sennrich, arXiv 1910.07467): <c>y = x r g</c> with
/// <c>r = 1 / sqrt(mean(x^2) + epsilon)</c> for each row and a gain g for each column.
/// </summary>
/// <remarks>
/// A row whose squares leave fp32 becomes NaN: scaled by 1 / infinity it would be a row of zeros, and a model that has
/// diverged would seem to have a finite loss.
/// </remarks>
/// <typeparam name="T">Elements of the tensors inside a branch: fp32, or bf16 in mixed precision.</typeparam>
public abstract class RmsNorm<T>
    where T : unmanaged
{
    /// <summary>output = input r gain, and r kept for the backward pass.</summary>
    /// <param name="output">rows x columns; overwritten.</param>
    /// <param name="inverseRms">1 x rows: r of each row; overwritten.</param>
    /// <param name="input">rows x columns.</param>
    /// <param name="gain">1 x columns.</param>
    /// <param name="epsilon">Added to the mean square; 1e-5 in the Llama family.</param>
    public void Forward(
        in Tensor<T> output,
        in Tensor<float> inverseRms,
        in Tensor<float> input,
        in Tensor<float> gain,
        float epsilon)
    {
        Shape.Require(output, input.Rows, input.Columns);
        Shape.Require(inverseRms, 1, input.Rows);
        Shape.Require(gain, 1, input.Columns);
        LaunchForward(output, inverseRms, input, gain, epsilon);
    }

    /// <summary>
    /// inputGradient = addend + r (gain dy - x r^2 mean(gain dy x)); gainGradient (+)= the sum over rows of dy x r.
    /// </summary>
    /// <param name="inputGradient">rows x columns; overwritten. May be <paramref name="addend"/> itself.</param>
    /// <param name="gainGradient">1 x columns.</param>
    /// <param name="outputGradient">rows x columns: dy.</param>
    /// <param name="input">rows x columns: x.</param>
    /// <param name="inverseRms">1 x rows, from the forward pass: r.</param>
    /// <param name="gain">1 x columns.</param>
    /// <param name="addend">rows x columns: the gradient that reaches the input past the norm (the residual stream's).</param>
    /// <param name="scratch">At least <see cref="RmsNorm.BackwardScratch"/> elements.</param>
    /// <param name="accumulate">Whether gainGradient is added to, or overwritten.</param>
    /// <param name="rounded">rows x columns: inputGradient again, as the next products take it; overwritten. Null where that is fp32.</param>
    public void Backward(
        in Tensor<float> inputGradient,
        in Tensor<float> gainGradient,
        in Tensor<T> outputGradient,
        in Tensor<float> input,
        in Tensor<float> inverseRms,
        in Tensor<float> gain,
        in Tensor<float> addend,
        in Tensor<float> scratch,
        bool accumulate,
        Tensor<T>? rounded = null)
    {
        if (rounded is { } given)
        {
            Shape.Require(given, input.Rows, input.Columns, nameof(rounded));
            if (typeof(T) == typeof(float))
                throw new ArgumentException("fp32 needs no second gradient that is rounded to fp32.", nameof(rounded));
        }

        Shape.Require(inputGradient, input.Rows, input.Columns);
        Shape.Require(outputGradient, input.Rows, input.Columns);
        Shape.Require(addend, input.Rows, input.Columns);
        Shape.Require(inverseRms, 1, input.Rows);
        Shape.Require(gain, 1, input.Columns);
        Shape.Require(gainGradient, 1, input.Columns);
        Shape.RequireScratch(scratch, RmsNorm.BackwardScratch(input.Rows, input.Columns));
        LaunchBackward(inputGradient, gainGradient, outputGradient, input, inverseRms, gain, addend, scratch, accumulate, rounded);
    }

    private protected static float InverseRms(float sumOfSquares, long columns, float epsilon) =>
        sumOfSquares < float.PositiveInfinity ? 1 / XMath.Sqrt((sumOfSquares / columns) + epsilon) : float.NaN;

    private protected abstract void LaunchForward(
        in Tensor<T> output,
        in Tensor<float> inverseRms,
        in Tensor<float> input,
        in Tensor<float> gain,
        float epsilon);

    private protected abstract void LaunchBackward(
        in Tensor<float> inputGradient,
        in Tensor<float> gainGradient,
        in Tensor<T> outputGradient,
        in Tensor<float> input,
        in Tensor<float> inverseRms,
        in Tensor<float> gain,
        in Tensor<float> addend,
        in Tensor<float> scratch,
        bool accumulate,
        Tensor<T>? rounded);
}
