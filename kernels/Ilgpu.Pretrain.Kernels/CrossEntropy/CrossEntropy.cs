namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Softmax cross-entropy of rows of logits: <c>loss = log(sum(exp(logits))) - logits[target]</c>, in nats. A target of -1
/// leaves its row out: loss 0, gradient 0.
/// </summary>
/// <typeparam name="T">Elements of the logits' gradient: fp32, or bf16 in mixed precision. Logits are fp32 always.</typeparam>
public abstract class CrossEntropy<T>
    where T : unmanaged
{
    /// <param name="losses">1 x rows; overwritten.</param>
    /// <param name="logits">rows x vocabulary.</param>
    /// <param name="targets">1 x rows; each in [-1, vocabulary).</param>
    public void Forward(in Tensor<float> losses, in Tensor<float> logits, in Tensor<int> targets)
    {
        Shape.Require(losses, 1, logits.Rows);
        Shape.Require(targets, 1, logits.Rows);
        LaunchForward(losses, logits, targets);
    }

    /// <summary>
    /// The losses, and the logits' gradient: (softmax(logits) - onehot(target)) * gradientScale. With a z-loss (PaLM, arXiv
    /// 2204.02311, section 5), <c>zLoss (log Z)^2</c> a row for Z = sum(exp(logits)), the softmax is multiplied by
    /// 1 + 2 zLoss log Z; the losses are without it.
    /// </summary>
    /// <param name="losses">1 x rows; overwritten, not scaled.</param>
    /// <param name="logitsGradient">rows x vocabulary; overwritten. In fp32 it may be <paramref name="logits"/> itself.</param>
    /// <param name="logits">rows x vocabulary.</param>
    /// <param name="targets">1 x rows; each in [-1, vocabulary).</param>
    /// <param name="gradientScale">1 / (tokens of the whole batch) for the gradient of a mean loss.</param>
    /// <param name="zLoss">The z-loss's weight; not negative. 0 gives the bits of a gradient that knows of none.</param>
    public void ForwardBackward(
        in Tensor<float> losses,
        in Tensor<T> logitsGradient,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale,
        float zLoss = 0)
    {
        if (!(zLoss >= 0 && float.IsFinite(zLoss)))
            throw new ArgumentOutOfRangeException(nameof(zLoss), zLoss, "A z-loss's weight is finite and not negative.");
        Shape.Require(losses, 1, logits.Rows);
        Shape.Require(targets, 1, logits.Rows);
        Shape.Require(logitsGradient, logits.Rows, logits.Columns);
        LaunchForwardBackward(losses, logitsGradient, logits, targets, gradientScale, zLoss);
    }

    private protected abstract void LaunchForward(
        in Tensor<float> losses,
        in Tensor<float> logits,
        in Tensor<int> targets);

    private protected abstract void LaunchForwardBackward(
        in Tensor<float> losses,
        in Tensor<T> logitsGradient,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale,
        float zLoss);
}
