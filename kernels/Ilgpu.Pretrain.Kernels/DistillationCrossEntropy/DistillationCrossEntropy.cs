namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The two parts of a student's loss by soft labels, and the gradient of their mix (Hinton, Vinyals and Dean, arXiv
/// 1503.02531). With z the student's logits in a row, u the teacher's, t the target, T the temperature:
/// <code>
/// cross-entropy  log(sum(exp(z))) - z[t]
/// divergence     sum(q (log q - log p)),  q = softmax(u / T),  p = softmax(z / T);  not below 0
/// gradient       gradientScale ((1 - alpha) (softmax(z) - onehot(t)) + alpha T (p - q))
/// </code>
/// the last being the derivative of <see cref="SoftTargetMix.Loss"/>.
/// </summary>
/// <remarks>
/// The cross-entropy is that of <see cref="CrossEntropy{T}"/> on the same rung to the bit. Teacher's logits may be
/// <see cref="float.MinValue"/>, as <see cref="EnsembleLogits"/> has them for a probability of 0. A target of -1 leaves its row
/// out: both parts 0, gradient 0. A logit that is not finite makes the row's divergence and gradient NaN, and its cross-entropy
/// where it is the student's.
/// </remarks>
/// <typeparam name="T">Elements of the logits' gradient: fp32, or bf16 in mixed precision. Logits are fp32 always.</typeparam>
public abstract class DistillationCrossEntropy<T>
    where T : unmanaged
{
    /// <param name="crossEntropies">1 x rows, in nats; overwritten, neither weighted nor scaled.</param>
    /// <param name="divergences">1 x rows, in nats; overwritten, neither weighted nor scaled.</param>
    /// <param name="logitsGradient">rows x vocabulary; overwritten. In fp32 it may be <paramref name="logits"/> itself.</param>
    /// <param name="logits">rows x vocabulary: the student's.</param>
    /// <param name="teacherLogits">rows x vocabulary: a teacher's, or an ensemble's.</param>
    /// <param name="targets">1 x rows; each in [-1, vocabulary).</param>
    /// <param name="mix">Of the two parts.</param>
    /// <param name="gradientScale">1 / (tokens of the whole batch) for the gradient of a mean loss.</param>
    /// <exception cref="ArgumentException">A shape does not fit, there is no vocabulary, or the mix is out of its ranges.</exception>
    public void ForwardBackward(
        in Tensor<float> crossEntropies,
        in Tensor<float> divergences,
        in Tensor<T> logitsGradient,
        in Tensor<float> logits,
        in Tensor<float> teacherLogits,
        in Tensor<int> targets,
        SoftTargetMix mix,
        float gradientScale)
    {
        ArgumentOutOfRangeException.ThrowIfZero(logits.Columns);
        if (!mix.IsValid)
            throw new ArgumentOutOfRangeException(nameof(mix), mix, "Alpha lies in [0, 1], the temperature between its bounds.");
        Shape.Require(crossEntropies, 1, logits.Rows);
        Shape.Require(divergences, 1, logits.Rows);
        Shape.Require(logitsGradient, logits.Rows, logits.Columns);
        Shape.Require(teacherLogits, logits.Rows, logits.Columns);
        Shape.Require(targets, 1, logits.Rows);
        Launch(
            crossEntropies,
            divergences,
            logitsGradient,
            logits,
            teacherLogits,
            targets,
            (float)(1 / mix.Temperature),
            (float)((1 - mix.Alpha) * gradientScale),
            (float)(mix.Alpha * mix.Temperature * gradientScale));
    }

    /// <summary>
    /// log(exp((u - largest u) / T)), but for what is so low that the exponential is 0 anyway: times that 0 it has to be 0, and
    /// infinity would not. NaN stays NaN.
    /// </summary>
    private protected static float Bounded(float scaledDifference)
    {
        const float Lowest = -128;
        return scaledDifference < Lowest ? Lowest : scaledDifference;
    }

    /// <param name="crossEntropies">1 x rows.</param>
    /// <param name="divergences">1 x rows.</param>
    /// <param name="logitsGradient">rows x vocabulary.</param>
    /// <param name="logits">rows x vocabulary.</param>
    /// <param name="teacherLogits">rows x vocabulary.</param>
    /// <param name="targets">1 x rows.</param>
    /// <param name="inverseTemperature">1 / T.</param>
    /// <param name="hardWeight">Of softmax(z) - onehot(t).</param>
    /// <param name="softWeight">Of p - q.</param>
    private protected abstract void Launch(
        in Tensor<float> crossEntropies,
        in Tensor<float> divergences,
        in Tensor<T> logitsGradient,
        in Tensor<float> logits,
        in Tensor<float> teacherLogits,
        in Tensor<int> targets,
        float inverseTemperature,
        float hardWeight,
        float softWeight);
}
