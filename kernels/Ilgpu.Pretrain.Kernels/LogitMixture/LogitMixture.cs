namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Softmax cross-entropy of a weighted sum of several members' logits, in nats, with its first two derivatives in the
/// weights: what Newton's method needs to learn them. The loss is convex in the weights.
/// </summary>
/// <remarks>
/// With z_m the logits of member m in a row, w_m its weight and t the row's target:
/// <code>
/// s = w_1 z_1 + ... + w_n z_n,  q = softmax(s),  d_m = z_m - z_m[t]
/// loss             log(sum(exp(s))) - s[t]
/// gradient[m]      sum(q d_m)
/// curvature[m, l]  sum(q (d_m - gradient[m]) (d_l - gradient[l]))
/// </code>
/// A target of -1 leaves its row out: loss and derivatives 0. A logit that is not finite makes all of its row NaN.
/// </remarks>
public abstract class LogitMixture
{
    public static LogitMixture Create(Device device, Rung? rung = null) =>
        Ladder.Create<LogitMixture>(
            nameof(LogitMixture),
            device,
            rung,
            (Rung.Naive, device => new LogitMixtureNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, LogitMixture>>(
                device => new LogitMixtureCpu<Floats512>(device),
                device => new LogitMixtureCpu<Floats256>(device),
                device => new LogitMixtureCpu<Floats128>(device))),
            (Rung.Gpu, device => new LogitMixtureGpu(device)));

    /// <summary>Entries of a row of curvatures: those with l at most m, at <c>m (m + 1) / 2 + l</c>, counted from 0.</summary>
    public static int Pairs(int members) => members * (members + 1) / 2;

    /// <param name="losses">1 x rows; overwritten.</param>
    /// <param name="gradients">rows x members; overwritten.</param>
    /// <param name="curvatures">rows x <see cref="Pairs"/>; overwritten.</param>
    /// <param name="mixture">Scratch of rows x vocabulary.</param>
    /// <param name="logits">members x rows rows of the vocabulary: those of the first member, then those of the second, ...</param>
    /// <param name="weights">1 x members.</param>
    /// <param name="targets">1 x rows; each in [-1, vocabulary).</param>
    /// <exception cref="ArgumentException">A shape does not fit, or there is no member or no vocabulary.</exception>
    public void Evaluate(
        in Tensor<float> losses,
        in Tensor<float> gradients,
        in Tensor<float> curvatures,
        in Tensor<float> mixture,
        in Tensor<float> logits,
        in Tensor<float> weights,
        in Tensor<int> targets)
    {
        int rows = mixture.Rows;
        int members = weights.Columns;
        ArgumentOutOfRangeException.ThrowIfZero(members);
        ArgumentOutOfRangeException.ThrowIfZero(mixture.Columns);
        Shape.Require(losses, 1, rows);
        Shape.Require(gradients, rows, members);
        Shape.Require(curvatures, rows, Pairs(members));
        Shape.Require(logits, checked(members * rows), mixture.Columns);
        Shape.Require(weights, 1, members);
        Shape.Require(targets, 1, rows);
        Launch(losses, gradients, curvatures, mixture, logits, weights, targets);
    }

    private protected abstract void Launch(
        in Tensor<float> losses,
        in Tensor<float> gradients,
        in Tensor<float> curvatures,
        in Tensor<float> mixture,
        in Tensor<float> logits,
        in Tensor<float> weights,
        in Tensor<int> targets);
}
