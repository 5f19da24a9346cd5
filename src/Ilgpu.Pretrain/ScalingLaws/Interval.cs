namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Where a figure lies with the confidence asked for.</summary>
public readonly record struct Interval(double Low, double High)
{
    public bool Contains(double value) => Low <= value && value <= High;
}
