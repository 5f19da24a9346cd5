namespace Ilgpu.Pretrain.Bench;

/// <summary>A step's median time on one thread and on all.</summary>
/// <param name="Extent">What is varied.</param>
/// <param name="Step">The step.</param>
/// <param name="One">Seconds on one thread.</param>
/// <param name="OnePeak">FMA operations a second of one thread at most, measured beside it.</param>
/// <param name="All">Seconds on all threads.</param>
/// <param name="AllPeak">FMA operations a second of all threads at most.</param>
internal sealed record ScalingRow(int Extent, StepCase Step, double One, double OnePeak, double All, double AllPeak)
{
    public double OneShare => Step.Flops / One / OnePeak;

    public double AllShare => Step.Flops / All / AllPeak;

    /// <summary>How much faster all threads are than one.</summary>
    public double SpeedUp => One / All;

    /// <summary>The growth of time over that of operations from another row to this one, on all threads: above 1 is worse than linear.</summary>
    public double GrowthFrom(ScalingRow other) => All / other.All / (Step.Flops / other.Step.Flops);
}
