using BenchmarkDotNet.Attributes;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A layer's three products at the widths of the 124M-parameter models and of the miniature family.</summary>
[Config(typeof(Flops))]
public class MatmulBenchmarks
{
    private readonly Device device = Device.OpenCpu();
    private Matmul<float> op = null!;
    private MatmulOperands operands = null!;

    /// <summary>Tokens x outputs x inputs, in one layout.</summary>
    [ParamsSource(nameof(Products))]
    public MatmulCase Product { get; set; }

    public static IEnumerable<MatmulCase> Products =>
        [.. MatmulShapes.Layer(512, 2304, 768), .. MatmulShapes.Layer(512, 128, 128), new(MatmulLayout.NT, 1, 2304, 768)];

    [GlobalSetup]
    public void Setup()
    {
        op = Matmul.Create<float>(device);
        operands = new MatmulOperands(device, Product);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        operands.Dispose();
        device.Dispose();
    }

    [Benchmark]
    public void Multiply() => operands.Multiply(op);

    private sealed class Flops : ShortInProcessConfig
    {
        public Flops() =>
            AddColumn(new RateColumn("GFLOP/s", "multiplications and additions", call => ((MatmulCase)call.Parameters[nameof(Product)]).Shape.Flops));
    }
}
