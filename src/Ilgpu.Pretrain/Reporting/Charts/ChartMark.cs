namespace Ilgpu.Pretrain.Reporting;

/// <summary>How a series is drawn.</summary>
public enum ChartMark
{
    Line,
    Points,
    LineAndPoints,
}
