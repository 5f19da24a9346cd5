using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A layer's three products at the widths of the 124M-parameter models and of the miniature family.</summary>
[Config(typeof(Flops))]
public class MatmulBenchmarks
{
    private readonly Device device = Device.OpenCpu();
    private Matmul op = null!;
    private MatmulOperands operands = null!;

    /// <summary>Tokens x outputs x inputs, in one layout.</summary>
    [ParamsSource(nameof(Products))]
    public MatmulCase Product { get; set; }

    public static IEnumerable<MatmulCase> Products =>
        [.. MatmulShapes.Layer(512, 2304, 768), .. MatmulShapes.Layer(512, 128, 128), new(MatmulLayout.NT, 1, 2304, 768)];

    [GlobalSetup]
    public void Setup()
    {
        op = Matmul.Create(device);
        operands = new MatmulOperands(device, Product);
    }

    [GlobalCleanup]
    public void Cleanup() => operands.Dispose();

    [Benchmark]
    public void Multiply() => operands.Multiply(op);

    private sealed class Flops : ShortInProcessConfig
    {
        public Flops() => AddColumn(new FlopsColumn());
    }

    private sealed class FlopsColumn : IColumn
    {
        public string Id => nameof(FlopsColumn);

        public string ColumnName => "GFLOP/s";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => "multiplications and additions (10^9) a second, by the mean time";

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public bool IsAvailable(Summary summary) => true;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
        {
            var product = (MatmulCase)benchmarkCase.Parameters[nameof(Product)];
            double? nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Mean;
            return product.Shape.Flops / nanoseconds is { } gigaflops ? gigaflops.ToString("F1") : "-";
        }
    }
}
