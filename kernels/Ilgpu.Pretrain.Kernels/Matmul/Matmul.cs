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
