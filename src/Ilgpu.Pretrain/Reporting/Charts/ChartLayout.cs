namespace Ilgpu.Pretrain.Reporting;

/// <summary>A size that charts are drawn in: letters keep theirs, so each size is a drawing of its own.</summary>
/// <param name="Name">Of the drawing's class in the page.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="HasEndLabels">Whether there is room for labels to the right of the plot.</param>
/// <param name="MarkSize">Half a mark's width.</param>
public sealed record ChartLayout(string Name, double Width, double Height, bool HasEndLabels, double MarkSize)
{
    /// <summary>The page's width on a desktop and on paper.</summary>
    public static ChartLayout Wide { get; } = new("wide", 760, 400, HasEndLabels: true, MarkSize: 4.2);

    /// <summary>A phone's, and half a desktop's.</summary>
    public static ChartLayout Narrow { get; } = new("narrow", 360, 290, HasEndLabels: false, MarkSize: 3.4);
}
