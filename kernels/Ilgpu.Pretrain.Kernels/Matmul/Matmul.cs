namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Matrix product with an optional addend: <c>C = A B + addend</c>. The addend is the residual stream where a block's
/// last product joins it, and C itself where gradients accumulate over micro-batches.
/// </summary>
/// <remarks>
/// Each element of C is a sum over k in an order that K alone decides, so a row of C does not depend on the other rows
/// nor on the number of threads. Backward passes are products too: for Y = X W^T (NT), dX = dY W (NN) and
/// dW = dY^T X (TN).
/// </remarks>
public abstract class Matmul
{
    public static Matmul Create(Device device, Rung? rung = null) =>
        (rung ?? device.Best(Rung.Cpu)) switch
        {
            Rung.Naive => new MatmulNaive(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new MatmulCpu(device),
            var other => throw new RungUnavailableException(nameof(Matmul), other, device),
        };

    /// <summary>c = a b + addend.</summary>
    /// <param name="c">M x N; overwritten. May not overlap <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="a">M x K, or K x M for <see cref="MatmulLayout.TN"/>.</param>
    /// <param name="b">K x N, or N x K for <see cref="MatmulLayout.NT"/>.</param>
    /// <param name="layout">Which operand lies transposed.</param>
    /// <param name="addend">M x N, added to the product; may be <paramref name="c"/> itself. Null: nothing is added.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public void Multiply(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        Tensor<float>? addend = null)
    {
        MatmulShape shape = MatmulShape.Of(c, a, b, layout);
        if (addend is { } given)
            Shape.Require(given, shape.M, shape.N, nameof(addend));
        if (shape.M > 0 && shape.N > 0)
            Launch(c, a, b, layout, shape, addend);
    }

    private protected abstract void Launch(
        in Tensor<float> c,
        in Tensor<float> a,
        in Tensor<float> b,
        MatmulLayout layout,
        MatmulShape shape,
        Tensor<float>? addend);
}
