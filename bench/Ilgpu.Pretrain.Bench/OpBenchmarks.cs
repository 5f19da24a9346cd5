using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>The ops that memory bounds, forward and backward, at the shapes of two presets, on all cores.</summary>
[Config(typeof(Bandwidths))]
public class OpBenchmarks
{
    private static readonly string[] Ops = ["embedding", "rmsnorm", "rope", "swiglu", "crossentropy"];

    private static readonly StepCase[] Shapes =
    [
        new(LlamaPresets.Find("mini-s")!, 4, 128),
        new(LlamaPresets.Find("150m")! with { Vocabulary = 8192 }, 1, 512),
    ];

    private readonly Device device = Device.OpenCpu();
    private OpCases cases = null!;
    private OpCase chosen = null!;

    /// <summary>Every op has a forward and a backward call.</summary>
    public static IEnumerable<OpAtShape> Calls =>
        from shape in Shapes
        from op in Ops
        from call in Enumerable.Range(0, 2)
        select new OpAtShape(shape, op, call);

    [ParamsSource(nameof(Calls))]
    public OpAtShape Op { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        cases = Op.Create(device);
        chosen = cases.Cases[Op.Index];
        Op.Bytes = chosen.Bytes;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        cases.Dispose();
        device.Dispose();
    }

    [Benchmark]
    public void Call() => chosen.Call();

    private sealed class Bandwidths : ShortInProcessConfig
    {
        public Bandwidths() => AddColumn(StatisticColumn.Min, new RateColumn("GB/s", "bytes of all operands", call => ((OpAtShape)call.Parameters[nameof(Op)]).Bytes));
    }
}
