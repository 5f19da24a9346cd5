namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Softmax cross-entropy of rows of logits: <c>loss = log(sum(exp(logits))) - logits[target]</c>, in nats. A target of -1
/// leaves its row out: loss 0, gradient 0.
/// </summary>
public abstract class CrossEntropy
{
    public static CrossEntropy Create(Device device, Rung? rung = null) =>
        (rung ?? device.Best(Rung.Cpu)) switch
        {
            Rung.Naive => new CrossEntropyNaive(device),
            Rung.Cpu when device.Runs(Rung.Cpu) => new CrossEntropyCpu(device),
            var other => throw new RungUnavailableException(nameof(CrossEntropy), other, device),
        };

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
    /// The losses, and in the logits' place their gradient: (softmax(logits) - onehot(target)) * gradientScale.
    /// </summary>
    /// <param name="losses">1 x rows; overwritten, not scaled.</param>
    /// <param name="logits">rows x vocabulary; overwritten by the gradient.</param>
    /// <param name="targets">1 x rows; each in [-1, vocabulary).</param>
    /// <param name="gradientScale">1 / (tokens of the whole batch) for the gradient of a mean loss.</param>
    public void ForwardBackward(
        in Tensor<float> losses,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale)
    {
        Shape.Require(losses, 1, logits.Rows);
        Shape.Require(targets, 1, logits.Rows);
        LaunchForwardBackward(losses, logits, targets, gradientScale);
    }

    private protected abstract void LaunchForward(
        in Tensor<float> losses,
        in Tensor<float> logits,
        in Tensor<int> targets);

    private protected abstract void LaunchForwardBackward(
        in Tensor<float> losses,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale);
}
