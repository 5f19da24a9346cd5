namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One row of logits for an ensemble's next token, from its members' rows: their mean, or the logarithm of the mean of their
/// softmax probabilities, weighted or not. Members are taken in one by one; sums are fp32, in the order of the calls.
/// </summary>
/// <remarks>
/// <see cref="EnsembleAveraging.Probabilities"/>: a member's probability below e^-87.33654 = 2^-126, the smallest normal fp32
/// number, counts as 0, and the logarithm of a mean of 0 is <see cref="float.MinValue"/>, the lowest finite number, in place
/// of negative infinity. A logit that is not finite, negative infinity included, makes its whole row NaN, as in
/// <see cref="CrossEntropy"/>; averaging logits it stays with its element.
/// </remarks>
public abstract class EnsembleLogits
{
    /// <summary>The logarithm below which a probability counts as 0.</summary>
    private protected const float LeastLogProbability = -87.33654f;

    private protected EnsembleLogits(EnsembleAveraging averaging) => Averaging = averaging;

    public EnsembleAveraging Averaging { get; }

    public static EnsembleLogits Create(Device device, EnsembleAveraging averaging, Rung? rung = null)
    {
        if (!Enum.IsDefined(averaging))
            throw new ArgumentOutOfRangeException(nameof(averaging), averaging, "There is no such average.");
        return Ladder.Create<EnsembleLogits>(
            nameof(EnsembleLogits),
            device,
            rung,
            (Rung.Naive, device => new EnsembleLogitsNaive(device, averaging)),
            (Rung.Cpu, Widest.Of<Func<Device, EnsembleLogits>>(
                device => new EnsembleLogitsCpu<Floats512>(device, averaging),
                device => new EnsembleLogitsCpu<Floats256>(device, averaging),
                device => new EnsembleLogitsCpu<Floats128>(device, averaging))),
            (Rung.Gpu, device => new EnsembleLogitsGpu(device, averaging)));
    }

    /// <summary>Adds a member's logits, or their softmax.</summary>
    /// <param name="sum">rows x vocabulary; overwritten by the first member, added to by the others.</param>
    /// <param name="logits">rows x vocabulary: the member's.</param>
    /// <param name="member">k: 1 for the first member.</param>
    /// <param name="weight">What they are multiplied by: the members' weights sum to how many they are.</param>
    /// <exception cref="ArgumentException">The shapes differ, there is no vocabulary, or the member is below 1.</exception>
    public void Accumulate(in Tensor<float> sum, in Tensor<float> logits, int member, float weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(member, 1);
        ArgumentOutOfRangeException.ThrowIfZero(logits.Columns);
        Shape.Require(sum, logits.Rows, logits.Columns);
        if (Averaging == EnsembleAveraging.Logits)
            LaunchAddLogits(sum, logits, member, weight);
        else
            LaunchAddProbabilities(sum, logits, member, weight);
    }

    /// <summary>In the sum's place the ensemble's logits: sum / members, or log(sum / members).</summary>
    /// <param name="sum">rows x vocabulary: what <see cref="Accumulate"/> made of the members.</param>
    /// <param name="members">How many were taken in, 1 at least.</param>
    /// <exception cref="ArgumentOutOfRangeException">No members.</exception>
    public void Finish(in Tensor<float> sum, int members)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        if (Averaging == EnsembleAveraging.Logits)
            LaunchDivide(sum, members);
        else
            LaunchLogarithm(sum, (float)Math.Log(members));
    }

    private protected abstract void LaunchAddLogits(in Tensor<float> sum, in Tensor<float> logits, int member, float weight);

    private protected abstract void LaunchAddProbabilities(in Tensor<float> sum, in Tensor<float> logits, int member, float weight);

    private protected abstract void LaunchDivide(in Tensor<float> sum, int members);

    private protected abstract void LaunchLogarithm(in Tensor<float> sum, float logMembers);
}
