namespace Ilgpu.Pretrain.Reporting;

/// <summary>How the numbers on an axis are written.</summary>
public enum NumberStyle
{
    /// <summary>0.003, 4.25.</summary>
    Plain,

    /// <summary>Counts of things: 51.2k, 300M, 1.4B.</summary>
    Count,
}
