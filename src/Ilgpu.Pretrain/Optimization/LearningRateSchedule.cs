namespace Ilgpu.Pretrain.Optimization;

/// <summary>
/// The learning rate of each step: a linear warm-up to the peak, then what <see cref="ScheduleKind"/> says. With W warm-up
/// steps, step s (from 0) takes <c>peak (s + 1) / (W + 1)</c> while s &lt; W; the decay reaches 0 at the step after the last
/// one, so that no step is spent on a rate of 0. Of C cycles the c-th, from 1, ends after <c>floor(c Steps / C)</c> steps.
/// </summary>
public sealed class LearningRateSchedule
{
    public const double DefaultWarmUpShare = .01;
    public const double DefaultDecayShare = .1;

    /// <param name="kind">The shape after the warm-up.</param>
    /// <param name="peak">The highest rate; positive.</param>
    /// <param name="steps">Optimizer steps of the whole run; positive.</param>
    /// <param name="warmUpShare">Share of all steps, in [0, 1), spent on warming up; rounded to whole steps.</param>
    /// <param name="decayShare">Share of all steps, in (0, 1], that <see cref="ScheduleKind.Wsd"/> decays over; the others ignore it.</param>
    /// <param name="cycles">Cycles of <see cref="ScheduleKind.Cyclic"/>, from 1 to as many as steps; the others ignore them.</param>
    public LearningRateSchedule(
        ScheduleKind kind,
        double peak,
        long steps,
        double warmUpShare = DefaultWarmUpShare,
        double decayShare = DefaultDecayShare,
        int cycles = 1)
    {
        if (!(peak > 0 && double.IsFinite(peak)))
            throw new ArgumentOutOfRangeException(nameof(peak), peak, "A peak learning rate is positive and finite.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        if (!(warmUpShare >= 0 && warmUpShare < 1))
            throw new ArgumentOutOfRangeException(nameof(warmUpShare), warmUpShare, "A warm-up's share of the steps lies in [0, 1).");
        if (!(decayShare > 0 && decayShare <= 1))
            throw new ArgumentOutOfRangeException(nameof(decayShare), decayShare, "A decay's share of the steps lies in (0, 1].");
        ArgumentOutOfRangeException.ThrowIfLessThan(cycles, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cycles, steps);
        Kind = kind;
        Peak = peak;
        Steps = steps;
        Cycles = kind == ScheduleKind.Cyclic ? cycles : 1;
        WarmUpSteps = Math.Min((long)Math.Round(warmUpShare * steps), CycleEnd(1) - 1);
        long decaySteps = Math.Max(1, (long)Math.Round(decayShare * steps));
        DecayStart = kind == ScheduleKind.Wsd ? Math.Max(WarmUpSteps, steps - decaySteps) : WarmUpSteps;
    }

    public ScheduleKind Kind { get; }

    public double Peak { get; }

    public long Steps { get; }

    public long WarmUpSteps { get; }

    /// <summary>1 but for <see cref="ScheduleKind.Cyclic"/>.</summary>
    public int Cycles { get; }

    /// <summary>The last step at the peak, of the first cycle; the steps after it decay.</summary>
    public long DecayStart { get; }

    /// <summary>The learning rate of a step, counted from 0.</summary>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, Steps);
        if (step < WarmUpSteps)
            return Peak * (step + 1) / (WarmUpSteps + 1);
        int cycle = CycleOf(step);
        long start = cycle == 1 ? DecayStart : CycleEnd(cycle - 1);
        double progress = Math.Max(0, step - start) / (double)(CycleEnd(cycle) - start);
        return Kind switch
        {
            ScheduleKind.Constant => Peak,
            ScheduleKind.Cosine or ScheduleKind.Cyclic => Peak * .5 * (1 + Math.Cos(Math.PI * progress)),
            _ => Peak * (1 - progress),
        };
    }

    /// <summary>Steps that have been taken when a cycle ends.</summary>
    /// <param name="cycle">From 1.</param>
    public long CycleEnd(int cycle)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cycle, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cycle, Cycles);
        return cycle * Steps / Cycles;
    }

    /// <summary>The cycle, from 1, that a step is in, counted from 0: the last one whose predecessors end before it.</summary>
    public int CycleOf(long step) => (int)((((step + 1) * Cycles) - 1) / Steps) + 1;
}
