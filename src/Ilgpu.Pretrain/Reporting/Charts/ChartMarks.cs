namespace Ilgpu.Pretrain.Reporting;

/// <summary>The mark of a point: its shape goes with its colour, so that either tells series apart.</summary>
internal static class ChartMarks
{
    /// <summary>The palette's.</summary>
    public const int Colours = 8;

    /// <param name="colour">Of the series.</param>
    /// <param name="x">The centre.</param>
    /// <param name="y">The centre.</param>
    /// <param name="size">Half the width.</param>
    public static Markup Draw(int colour, double x, double y, double size) => (colour < 0 ? 0 : colour % Colours) switch
    {
        1 => Path(x, y, [(-.88, -.88), (.88, -.88), (.88, .88), (-.88, .88)], size),
        2 => Path(x, y, [(0, -1.2), (1.1, .8), (-1.1, .8)], size),
        3 => Path(x, y, [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)], size),
        4 => Path(x, y, [(0, 1.2), (1.1, -.8), (-1.1, -.8)], size),
        5 => Path(x, y, [(-.4, -1.2), (.4, -1.2), (.4, -.4), (1.2, -.4), (1.2, .4), (.4, .4), (.4, 1.2), (-.4, 1.2), (-.4, .4), (-1.2, .4), (-1.2, -.4), (-.4, -.4)], size),
        6 => Path(x, y, [(-.55, -1.1), (.55, -1.1), (1.15, 0), (.55, 1.1), (-.55, 1.1), (-1.15, 0)], size),
        7 => Path(x, y, [(-1.2, -.6), (1.2, -.6), (1.2, .6), (-1.2, .6)], size),
        _ => new Markup("circle", ("cx", ChartDrawing.Px(x)), ("cy", ChartDrawing.Px(y)), ("r", ChartDrawing.Px(size))),
    };

    private static Markup Path(double x, double y, (double X, double Y)[] corners, double size) => new(
        "path",
        ("d", $"M{string.Join('L', corners.Select(corner => $"{ChartDrawing.Px(x + (corner.X * size))} {ChartDrawing.Px(y + (corner.Y * size))}"))}Z"));
}
