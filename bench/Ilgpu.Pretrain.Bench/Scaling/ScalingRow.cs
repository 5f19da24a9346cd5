namespace Ilgpu.Pretrain.Bench;

/// <summary>A step's median time on one thread and on all.</summary>
/// <param name="Extent">What is varied.</param>
/// <param name="Step">The step.</param>
/// <param name="OnOne">On one thread.</param>
/// <param name="OnePeak">FMA operations a second of one thread at most, measured beside it.</param>
/// <param name="OnAll">On all threads.</param>
/// <param name="AllPeak">FMA operations a second of all threads at most.</param>
internal sealed record ScalingRow(int Extent, StepCase Step, TimedStep OnOne, double OnePeak, TimedStep OnAll, double AllPeak)
{
    /// <summary>Seconds on one thread.</summary>
    public double One => OnOne.Median;

    /// <summary>Seconds on all threads.</summary>
    public double All => OnAll.Median;

    /// <summary>The most of the machine's cores that other programs had during either measurement.</summary>
    public double TakenByOthers => Math.Max(OnOne.TakenByOthers, OnAll.TakenByOthers);

    public double OneShare => Step.Flops / One / OnePeak;

    public double AllShare => Step.Flops / All / AllPeak;

    /// <summary>How much faster all threads are than one.</summary>
    public double SpeedUp => One / All;

    /// <summary>The growth of time over that of operations from another row to this one, on all threads: above 1 is worse than linear.</summary>
    public double GrowthFrom(ScalingRow other) => All / other.All / (Step.Flops / other.Step.Flops);
}
