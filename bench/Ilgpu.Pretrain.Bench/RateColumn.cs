using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Ilgpu.Pretrain.Bench;

/// <summary>An amount of work by the least time that a call took.</summary>
/// <param name="name">The column's head: <c>GFLOP/s</c>, <c>GB/s</c>.</param>
/// <param name="legend">What is counted.</param>
/// <param name="workOf">The work of one call; null where a benchmark has none to tell.</param>
/// <param name="unit">The work that counts as one.</param>
public sealed class RateColumn(string name, string legend, Func<BenchmarkCase, double?> workOf, double unit = 1e9) : IColumn
{
    public string Id => nameof(RateColumn) + name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"{legend} (10^{Math.Log10(unit):F0}) a second, by the least time";

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        double? nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Min;
        return workOf(benchmarkCase) / unit / (nanoseconds / 1e9) is { } rate ? rate.ToString("F1") : "-";
    }
}
