using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>GFLOP/s of attention's fastest iteration: a product takes length (length + 1) headSize operations a head.</summary>
internal sealed class AttentionRateColumn : IColumn
{
    private const int ForwardProducts = 2;
    private const int BackwardProducts = 5;

    public string Id => nameof(AttentionRateColumn);

    public string ColumnName => "GFLOP/s";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "causal floating-point operations (10^9) a second, by the least time";

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        AttentionShape shape = ((AttentionCase)benchmarkCase.Parameters[nameof(AttentionBenchmarks.Case)]).Shape;
        bool forward = benchmarkCase.Descriptor.WorkloadMethod.Name == nameof(AttentionBenchmarks.Forward);
        double operations = (double)(forward ? ForwardProducts : BackwardProducts) * shape.Tokens * (shape.Length + 1) * shape.OutputColumns;
        double? nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Min;
        return operations / nanoseconds is { } rate ? rate.ToString("F1") : "-";
    }
}
