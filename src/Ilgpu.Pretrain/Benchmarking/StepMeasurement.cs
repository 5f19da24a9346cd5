using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>What repeated training steps came to.</summary>
/// <param name="Seconds">A step, the median.</param>
/// <param name="Repeats">Steps that the median is of.</param>
/// <param name="Flops">Of a step, as <c>TrainingFlopsPerToken</c> counts them.</param>
/// <param name="Tokens">Of a step.</param>
/// <param name="Launches">Of a step.</param>
/// <param name="AllocatedBytes">Managed bytes that the whole process allocated in a step, the one with the fewest.</param>
/// <param name="LaunchBytes">What of them the launching thread allocated inside launches, which is ILGPU's: an empty launch's times their number.</param>
/// <param name="ByOp">Of all repeats together.</param>
/// <param name="PeakResidentBytes">Of the process, until then.</param>
/// <param name="PlannedBytes">What the model's plan says.</param>
public sealed record StepMeasurement(
    double Seconds,
    int Repeats,
    double Flops,
    int Tokens,
    long Launches,
    long AllocatedBytes,
    long LaunchBytes,
    IReadOnlyList<LaunchTotals> ByOp,
    long PeakResidentBytes,
    long PlannedBytes)
{
    public double FlopsPerSecond => Flops / Seconds;

    public double TokensPerSecond => Tokens / Seconds;

    /// <summary>What our own code allocates in a step.</summary>
    public long OwnAllocatedBytes => AllocatedBytes - LaunchBytes;
}
