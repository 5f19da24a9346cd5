using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Softmax cross-entropy of an ensemble that is taken in member by member: after member k = 1..n the losses, in nats, of that
/// member alone, of the average of the first k members' logits, and of the average of their probabilities (arXiv 1612.01474).
/// </summary>
/// <remarks>
/// With z_m the logits of member m in a row and t the row's target:
/// <code>
/// member               log(sum(exp(z_k))) - z_k[t]
/// logit average        log(sum(exp(s / k))) - s[t] / k,  s = z_1 + ... + z_k
/// probability average  log(k) - p,  p = log(exp(-loss of member 1) + ... + exp(-loss of member k)); not below 0
/// </code>
/// p is summed as a logarithm, so that a member's loss of hundreds of nats does not underflow. Sums are fp32, in the order of
/// the calls. For k = 1 the three losses are the same to the bit, and a member's loss is always that of
/// <see cref="CrossEntropy"/> on the same rung to the bit.
/// <para>
/// A target of -1 leaves its row out: losses 0, p 0, and the logits summed as in the other rows. A logit that is not finite
/// makes its member's loss NaN, and both averages' from then on.
/// </para>
/// </remarks>
public abstract class EnsembleCrossEntropy
{
    public static EnsembleCrossEntropy Create(Device device, Rung? rung = null) =>
        Ladder.Create<EnsembleCrossEntropy>(
            nameof(EnsembleCrossEntropy),
            device,
            rung,
            (Rung.Naive, device => new EnsembleCrossEntropyNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, EnsembleCrossEntropy>>(
                device => new EnsembleCrossEntropyCpu<Floats512>(device),
                device => new EnsembleCrossEntropyCpu<Floats256>(device),
                device => new EnsembleCrossEntropyCpu<Floats128>(device))),
            (Rung.Gpu, device => new EnsembleCrossEntropyGpu(device)));

    /// <summary>
    /// Takes in one member, for one chunk of tokens: each row's logits and sum are read once and the sum written once.
    /// </summary>
    /// <param name="memberLosses">1 x rows; overwritten.</param>
    /// <param name="logitAverageLosses">1 x rows; overwritten.</param>
    /// <param name="probabilityAverageLosses">1 x rows; overwritten.</param>
    /// <param name="logitSum">rows x vocabulary; overwritten by the first member's logits, added to by the others'.</param>
    /// <param name="logProbabilitySum">
    /// 1 x rows: the logarithm of the sum of the members' probabilities of the target; overwritten by the first member's,
    /// updated by the others'.
    /// </param>
    /// <param name="logits">rows x vocabulary: the member's.</param>
    /// <param name="targets">1 x rows; each in [-1, vocabulary), the same for all members.</param>
    /// <param name="member">k: 1 for the first member.</param>
    /// <exception cref="ArgumentException">A shape does not fit, there is no vocabulary, or the member is below 1.</exception>
    public void Accumulate(
        in Tensor<float> memberLosses,
        in Tensor<float> logitAverageLosses,
        in Tensor<float> probabilityAverageLosses,
        in Tensor<float> logitSum,
        in Tensor<float> logProbabilitySum,
        in Tensor<float> logits,
        in Tensor<int> targets,
        int member)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(member, 1);
        ArgumentOutOfRangeException.ThrowIfZero(logits.Columns);
        Shape.Require(memberLosses, 1, logits.Rows);
        Shape.Require(logitAverageLosses, 1, logits.Rows);
        Shape.Require(probabilityAverageLosses, 1, logits.Rows);
        Shape.Require(logitSum, logits.Rows, logits.Columns);
        Shape.Require(logProbabilitySum, 1, logits.Rows);
        Shape.Require(targets, 1, logits.Rows);
        Launch(memberLosses, logitAverageLosses, probabilityAverageLosses, logitSum, logProbabilitySum, logits, targets, member);
    }

    /// <summary>log(exp(a) + exp(b)); NaN for NaN, which a maximum on a GPU would drop.</summary>
    private protected static float LogAddExp(float a, float b)
    {
        float difference = a - b;
        return XMath.Max(a, b) + XMath.Log(1 + XMath.Exp(difference < 0 ? difference : -difference));
    }

    private protected abstract void Launch(
        in Tensor<float> memberLosses,
        in Tensor<float> logitAverageLosses,
        in Tensor<float> probabilityAverageLosses,
        in Tensor<float> logitSum,
        in Tensor<float> logProbabilitySum,
        in Tensor<float> logits,
        in Tensor<int> targets,
        int member);
}
