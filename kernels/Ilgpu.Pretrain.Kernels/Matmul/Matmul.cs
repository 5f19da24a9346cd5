namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Matrix product with an optional addend: <c>C = A B + addend</c>. The addend is the residual stream where a block's
/// last product joins it, and C itself where gradients accumulate over micro-batches.
/// </summary>
/// <remarks>
/// Each element of C is a sum over k in an order that K alone decides (on GPUs K and the layout), so a row of C does not
/// depend on the other rows nor on the number of threads. Backward passes are products too: for Y = X W^T (NT),
/// dX = dY W (NN) and dW = dY^T X (TN).
/// </remarks>
/// <typeparam name="T">Elements of the factors: fp32, or bf16 in mixed precision. Sums are fp32.</typeparam>
public abstract class Matmul<T>
    where T : unmanaged
{
    /// <summary>c = a b + addend, in fp32.</summary>
    /// <param name="c">M x N; overwritten. May not overlap <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="a">M x K, or K x M for <see cref="MatmulLayout.TN"/>.</param>
    /// <param name="b">K x N, or N x K for <see cref="MatmulLayout.NT"/>.</param>
    /// <param name="layout">Which operand lies transposed.</param>
    /// <param name="addend">M x N, added to the product; may be <paramref name="c"/> itself. Null: nothing is added.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public void Multiply(
        in Tensor<float> c,
        in Tensor<T> a,
        in Tensor<T> b,
        MatmulLayout layout,
        Tensor<float>? addend = null)
    {
        MatmulShape shape = MatmulShape.Of(c, a, b, layout);
        if (addend is { } given)
            Shape.Require(given, shape.M, shape.N, nameof(addend));
        if (shape.M > 0 && shape.N > 0)
            Launch(c, a, b, layout, shape, addend);
    }

    /// <summary>c = a b, rounded once to the factors' own elements.</summary>
    /// <param name="c">M x N; overwritten. May not overlap <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="a">M x K, or K x M for <see cref="MatmulLayout.TN"/>.</param>
    /// <param name="b">K x N, or N x K for <see cref="MatmulLayout.NT"/>.</param>
    /// <param name="layout">Which operand lies transposed.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public void MultiplyRounded(in Tensor<T> c, in Tensor<T> a, in Tensor<T> b, MatmulLayout layout)
    {
        MatmulShape shape = MatmulShape.Of(c, a, b, layout);
        if (shape.M > 0 && shape.N > 0)
            LaunchRounded(c, a, b, layout, shape);
    }

    /// <summary>The gradients of y = x W^T: dx = dy W, rounded once to the factors' own elements, and dW (+)= dy^T x.</summary>
    /// <param name="inputGradient">tokens x inputs: dx; overwritten. May not overlap anything else.</param>
    /// <param name="weightGradient">outputs x inputs: dW.</param>
    /// <param name="outputGradient">tokens x outputs: dy.</param>
    /// <param name="input">tokens x inputs: x.</param>
    /// <param name="weight">outputs x inputs: W.</param>
    /// <param name="accumulate">Whether weightGradient is added to, or overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public void MultiplyGradients(
        in Tensor<T> inputGradient,
        in Tensor<float> weightGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> input,
        in Tensor<T> weight,
        bool accumulate)
    {
        MatmulShape ofWeight = MatmulShape.Of(weightGradient, outputGradient, input, MatmulLayout.TN);
        MatmulShape ofInput = MatmulShape.Of(inputGradient, outputGradient, weight, MatmulLayout.NN);
        if (ofInput.M == 0 || ofInput.N == 0 || ofWeight.M == 0)
        {
            Multiply(weightGradient, outputGradient, input, MatmulLayout.TN, accumulate ? weightGradient : null);
            MultiplyRounded(inputGradient, outputGradient, weight, MatmulLayout.NN);
            return;
        }

        LaunchGradients(inputGradient, weightGradient, outputGradient, input, weight, ofInput, ofWeight, accumulate);
    }

    /// <summary>Both products; a rung that can has them in one launch.</summary>
    private protected virtual void LaunchGradients(
        in Tensor<T> inputGradient,
        in Tensor<float> weightGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> input,
        in Tensor<T> weight,
        MatmulShape ofInput,
        MatmulShape ofWeight,
        bool accumulate)
    {
        Launch(weightGradient, outputGradient, input, MatmulLayout.TN, ofWeight, accumulate ? weightGradient : null);
        LaunchRounded(inputGradient, outputGradient, weight, MatmulLayout.NN, ofInput);
    }

    private protected abstract void Launch(
        in Tensor<float> c,
        in Tensor<T> a,
        in Tensor<T> b,
        MatmulLayout layout,
        MatmulShape shape,
        Tensor<float>? addend);

    private protected abstract void LaunchRounded(
        in Tensor<T> c,
        in Tensor<T> a,
        in Tensor<T> b,
        MatmulLayout layout,
        MatmulShape shape);
}
