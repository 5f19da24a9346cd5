namespace Ilgpu.Pretrain.Optimization;

/// <summary>
/// How much of the weights is pruned after each step. The share rises as <c>share (1 - (1 - x)^3)</c> (Zhu and Gupta, arXiv
/// 1710.01878) while x goes from 0 to 1, in at most <see cref="MostTimes"/> steps evenly apart, from one share of the training
/// compute to another (arXiv 2501.12486). Compute is parameters that are left times tokens: what is pruned is not counted.
/// </summary>
public sealed class PruningSchedule
{
    /// <summary>Times that something is pruned, at most.</summary>
    public const int MostTimes = 64;

    /// <summary>The mean of 1 - (1 - x)^3.</summary>
    private const double MeanOfRise = .75;

    private readonly IReadOnlyList<long> matrices;
    private readonly long parameters;
    private readonly double share;
    private readonly long steps;

    /// <param name="parameters">All of the model's.</param>
    /// <param name="matrices">Weights of each matrix that is pruned.</param>
    /// <param name="share">Of each matrix's weights that are pruned in the end; in (0, 1).</param>
    /// <param name="start">Share of the compute at which pruning begins.</param>
    /// <param name="end">Share at which it ends; above <paramref name="start"/>, at most 1.</param>
    /// <param name="steps">Of the run; positive.</param>
    public PruningSchedule(long parameters, IReadOnlyList<long> matrices, double share, double start, double end, long steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        if (!(share > 0 && share < 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share of weights to prune lies in (0, 1).");
        if (!(start >= 0 && start < end && end <= 1))
            throw new ArgumentOutOfRangeException(nameof(end), end, $"Pruning lasts from one share of the compute to a larger one; it begins at {start}.");
        this.parameters = parameters;
        this.matrices = matrices;
        this.share = share;
        this.steps = steps;
        // With tokens counted from 0 to 1 and C = the mean of what is left: start C is spent at all parameters, (1 - end) C at
        // those of the end, and the rest at the mean of the rise.
        double pruned = share * matrices.Sum();
        double last = parameters - pruned;
        double rise = parameters - (MeanOfRise * pruned);
        double compute = 1 / ((start / parameters) + ((end - start) / rise) + ((1 - end) / last));
        Begin = Math.Min((long)Math.Round(start * compute / parameters * steps), steps - 1);
        End = Math.Clamp((long)Math.Round((1 - ((1 - end) * compute / last)) * steps), Begin + 1, steps);
        Times = Math.Min(MostTimes, End - Begin);
    }

    /// <summary>Steps before pruning begins.</summary>
    public long Begin { get; }

    /// <summary>Steps after which all is pruned that ever is.</summary>
    public long End { get; }

    /// <summary>Times that something is pruned.</summary>
    public long Times { get; }

    /// <summary>Parameters that are left in the end.</summary>
    public long FinalParameters => LeftAfterTimes(Times);

    /// <summary>The mean over the steps of the parameters that a step has.</summary>
    public double AverageParameters
    {
        get
        {
            double sum = 0;
            for (long time = 0; time <= Times; time++)
            {
                long from = time == 0 ? 0 : StepOf(time);
                long to = time == Times ? steps : StepOf(time + 1);
                sum += (double)LeftAfterTimes(time) * (to - from);
            }

            return sum / steps;
        }
    }

    /// <summary>The share of each matrix's weights that is pruned once so many steps have been taken.</summary>
    public double ShareAfter(long steps) => ShareAfterTimes(TimesAfter(steps));

    /// <summary>Whether more is pruned after so many steps than after one less.</summary>
    public bool IsDueAfter(long steps) => steps > 0 && TimesAfter(steps) > TimesAfter(steps - 1);

    /// <summary>Weights of a matrix that a share of it is.</summary>
    public static long CountOf(double share, long weights) => (long)Math.Round(share * weights);

    private long StepOf(long time) => Begin + (time * (End - Begin) / Times);

    /// <summary>The largest time whose step has been taken.</summary>
    private long TimesAfter(long steps) =>
        steps < Begin ? 0 : Math.Min(Times, (((Math.Min(steps, End) - Begin + 1) * Times) - 1) / (End - Begin));

    private double ShareAfterTimes(long times)
    {
        double left = 1 - (times / (double)Times);
        return share * (1 - (left * left * left));
    }

    private long LeftAfterTimes(long times) => parameters - matrices.Sum(weights => CountOf(ShareAfterTimes(times), weights));
}
