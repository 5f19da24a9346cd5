using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Runs that other results name by their folders.</summary>
internal static class SavedRun
{
    /// <summary>The run in a folder, be it a damaged one; null where there is none.</summary>
    public static RunSummary? Find(string folder) => RunFolder.IsAt(folder) ? RunSummary.Read(Path.GetFullPath(folder)) : null;

    /// <summary>A run's validation losses by steps, thinned where there are very many.</summary>
    /// <param name="run">Null for no points.</param>
    /// <param name="offset">Added to the steps.</param>
    public static IReadOnlyList<ChartPoint> ValidationCurve(RunSummary? run, long offset = 0) => run is null or { State: RunState.Damaged }
        ? []
        : Thinning.Thin([.. RunFolder.ReadMetrics(run.Folder).Where(line => line.ValLoss is not null).Select(line => new ChartPoint(offset + line.Step, line.ValLoss!.Value))], RunCurves.MostPointsOfOne);

    /// <summary>A line with marks, as long as these do not hide it.</summary>
    public static ChartMark MarkOf(IReadOnlyList<ChartPoint> points) => points.Count <= RunCurves.MostMarks ? ChartMark.LineAndPoints : ChartMark.Line;
}
