namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One token id a row of logits, drawn from their softmax at a temperature, of the k most probable, and of those the nucleus
/// of probability p (Holtzman et al., arXiv 1904.09751).
/// </summary>
/// <remarks>
/// With x the logits and T the temperature, weights are w = exp((x - max x) / T). Of all ids, top-k keeps the k largest x, of
/// equal ones the smaller ids; of those, top-p keeps the fewest with the largest x whose weights reach p times the sum of
/// those kept. Then u in [0, 1) has 53 random bits, from Threefry's words of the counter (sequence, position) under the key
/// seed, and the id is the first kept one, by ids, at which the running sum of weights exceeds u times the sum of all kept.
/// A row with a NaN or with no finite logit gives <see cref="NoId"/>.
/// </remarks>
public abstract class Sampling
{
    /// <summary>What a row gives that cannot be drawn from.</summary>
    public const int NoId = -1;

    public static Sampling Create(Device device, Rung? rung = null) =>
        Ladder.Create<Sampling>(
            nameof(Sampling),
            device,
            rung,
            (Rung.Naive, device => new SamplingNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, Sampling>>(
                device => new SamplingCpu<Floats512>(device),
                device => new SamplingCpu<Floats256>(device),
                device => new SamplingCpu<Floats128>(device))),
            (Rung.Gpu, device => new SamplingGpu(device)));

    /// <summary>Draws an id for each row.</summary>
    /// <param name="ids">1 x rows; overwritten.</param>
    /// <param name="logits">rows x vocabulary.</param>
    /// <param name="weights">rows x vocabulary; scratch, overwritten.</param>
    /// <param name="rule">What is drawn from.</param>
    /// <param name="key">The random numbers.</param>
    /// <exception cref="ArgumentException">A shape or a value does not fit.</exception>
    public void Draw(in Tensor<int> ids, in Tensor<float> logits, in Tensor<float> weights, SamplingRule rule, SamplingKey key)
    {
        ArgumentOutOfRangeException.ThrowIfZero(logits.Columns);
        Shape.Require(ids, 1, logits.Rows);
        Shape.Require(weights, logits.Rows, logits.Columns);
        if (!(rule.Temperature >= 0) || double.IsInfinity(rule.Temperature))
            throw new ArgumentOutOfRangeException(nameof(rule), rule.Temperature, "A temperature is 0 or more.");
        ArgumentOutOfRangeException.ThrowIfNegative(rule.TopK, nameof(rule));
        if (!(rule.TopP > 0 && rule.TopP <= 1))
            throw new ArgumentOutOfRangeException(nameof(rule), rule.TopP, "A nucleus' probability lies in (0, 1].");
        if (logits.Rows == 0)
            return;
        Launch(
            ids,
            logits,
            weights,
            new SamplingLaunch
            {
                Vocabulary = logits.Columns,
                Greedy = rule.Temperature == 0 ? 1 : 0,
                InverseTemperature = rule.Temperature == 0 ? 1 : (float)Math.Min(1 / rule.Temperature, float.MaxValue),
                TopK = rule.TopK == 0 ? logits.Columns : Math.Min(rule.TopK, logits.Columns),
                TopP = (float)rule.TopP,
                Seed0 = (uint)key.Seed,
                Seed1 = (uint)(key.Seed >> 32),
                FirstSequence = key.FirstSequence,
                Stride = key.Stride,
                Position = key.Position,
            });
    }

    private protected abstract void Launch(in Tensor<int> ids, in Tensor<float> logits, in Tensor<float> weights, SamplingLaunch launch);
}
