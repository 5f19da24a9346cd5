using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Running;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Attention's Cpu rung on one thread. The rate counts causal operations only, two products in the forward pass and five in
/// the backward pass, whatever the kernel recomputes.
/// </summary>
[Config(typeof(Rates))]
public class AttentionBenchmarks
{
    private Device device = null!;
    private Attention<float> attention = null!;
    private Slab<float> slab = null!;
    private Tensor<float> qkv;
    private Tensor<float> output;
    private Tensor<float> logSumExp;
    private Tensor<float> outputGradient;
    private Tensor<float> qkvGradient;
    private Tensor<float> scratch;

    public static IEnumerable<AttentionCase> Cases =>
    [
        new(new(Batch: 4, Length: 128, Heads: 4, KeyValueHeads: 4, HeadSize: 16)),
        new(new(Batch: 4, Length: 256, Heads: 4, KeyValueHeads: 4, HeadSize: 32)),
        new(new(Batch: 4, Length: 256, Heads: 12, KeyValueHeads: 12, HeadSize: 64)),
        new(new(Batch: 1, Length: 1024, Heads: 1, KeyValueHeads: 1, HeadSize: 64)),
        new(new(Batch: 1, Length: 1024, Heads: 4, KeyValueHeads: 2, HeadSize: 128)),
    ];

    [ParamsSource(nameof(Cases))]
    public AttentionCase Case { get; set; } = null!;

    private AttentionShape Shape => Case.Shape;

    [GlobalSetup]
    public void Setup()
    {
        device = Device.OpenCpu(threads: 1);
        attention = Attention.Create<float>(device, Rung.Cpu);
        var layout = new SlabLayout();
        SlabEntry[] entries =
        [
            layout.Reserve(nameof(qkv), Shape.Tokens, Shape.QkvColumns),
            layout.Reserve(nameof(output), Shape.Tokens, Shape.OutputColumns),
            layout.Reserve(nameof(logSumExp), Shape.Batch * Shape.Heads, Shape.Length),
            layout.Reserve(nameof(outputGradient), Shape.Tokens, Shape.OutputColumns),
            layout.Reserve(nameof(qkvGradient), Shape.Tokens, Shape.QkvColumns),
            layout.Reserve(nameof(scratch), 1, (int)Attention.BackwardScratch(Shape)),
        ];
        slab = new Slab<float>(device, layout);
        (qkv, output, logSumExp) = (slab[entries[0]], slab[entries[1]], slab[entries[2]]);
        (outputGradient, qkvGradient, scratch) = (slab[entries[3]], slab[entries[4]], slab[entries[5]]);
        var random = new Random(1);
        foreach (Tensor<float> input in new[] { qkv, outputGradient })
            input.CopyFrom([.. Enumerable.Range(0, (int)input.Length).Select(_ => (float)((random.NextDouble() * 4) - 2))]);
        Forward();
    }

    [Benchmark]
    public void Forward() => attention.Forward(output, logSumExp, qkv, Shape);

    [Benchmark]
    public void Backward() => attention.Backward(qkvGradient, outputGradient, output, logSumExp, qkv, scratch, Shape);

    [GlobalCleanup]
    public void Cleanup()
    {
        slab.Dispose();
        device.Dispose();
    }

    private sealed class Rates : ShortInProcessConfig
    {
        private const int ForwardProducts = 2;
        private const int BackwardProducts = 5;

        public Rates() => AddColumn(StatisticColumn.Min, new RateColumn("GFLOP/s", "causal floating-point operations", CausalFlops));

        /// <summary>A product takes length (length + 1) headSize operations a head.</summary>
        private static double? CausalFlops(BenchmarkCase call)
        {
            AttentionShape shape = ((AttentionCase)call.Parameters[nameof(Case)]).Shape;
            int products = call.Descriptor.WorkloadMethod.Name == nameof(Forward) ? ForwardProducts : BackwardProducts;
            return (double)products * shape.Tokens * (shape.Length + 1) * shape.OutputColumns;
        }
    }
}

/// <summary>A shape under a name that fits a table: sequences x tokens, query/key-value heads x features.</summary>
public sealed record AttentionCase(AttentionShape Shape)
{
    public override string ToString() =>
        $"{Shape.Batch}x{Shape.Length} {Shape.Heads}/{Shape.KeyValueHeads}x{Shape.HeadSize}";
}
