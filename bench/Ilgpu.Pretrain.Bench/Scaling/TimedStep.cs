namespace Ilgpu.Pretrain.Bench;

/// <summary>What was measured of a step.</summary>
/// <param name="Medians">Seconds of a step, for each run that went on at the time.</param>
/// <param name="TakenByOthers">The share of the machine's cores that other programs had meanwhile; NaN where that is not told.</param>
internal sealed record TimedStep(double[] Medians, double TakenByOthers)
{
    public double Median => Medians[0];
}
