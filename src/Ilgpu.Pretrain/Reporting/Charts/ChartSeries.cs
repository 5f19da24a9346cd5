namespace Ilgpu.Pretrain.Reporting;

/// <summary>Points that belong together.</summary>
/// <param name="Name">In legends.</param>
/// <param name="Colour">One of the palette's, from 0; taken modulo their number. Negative for grey.</param>
/// <param name="Points">By x, where a line joins them.</param>
public sealed record ChartSeries(string Name, int Colour, IReadOnlyList<ChartPoint> Points)
{
    public ChartMark Mark { get; init; } = ChartMark.Line;

    /// <summary>Thin and pale: what lies behind the series that counts.</summary>
    public bool IsFaint { get; init; }

    public bool IsDashed { get; init; }

    /// <summary>Whether it is a law's curve instead of measurements: the cursor does not stop at its points.</summary>
    public bool IsCurve { get; init; }

    /// <summary>Whether a line joins each point and 0: for values that are counted from there.</summary>
    public bool HasStems { get; init; }

    /// <summary>Whether the legend has it.</summary>
    public bool IsInLegend { get; init; } = true;
}
