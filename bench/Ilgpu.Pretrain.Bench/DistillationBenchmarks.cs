using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Running;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// One chunk's losses and gradient by soft labels, as bytes a second beside those of the text alone on the same threads.
/// Counted are logits, the teacher's logits and the gradient once each, whatever is read again from cache.
/// </summary>
[Config(typeof(Bandwidths))]
public class DistillationBenchmarks
{
    private static readonly SoftTargetMix Mix = new(.45, 1.2);
    private readonly Device device = Device.OpenCpu();
    private CrossEntropy<float> plain = null!;
    private DistillationCrossEntropy<float> soft = null!;
    private Slab<float> slab = null!;
    private DeviceBuffer<int> targetBuffer = null!;
    private Tensor<float> logits;
    private Tensor<float> teacherLogits;
    private Tensor<float> gradient;
    private Tensor<float> losses;
    private Tensor<float> divergences;
    private Tensor<int> targets;

    public static IEnumerable<ChunkCase> Cases => EnsembleBenchmarks.Cases;

    [ParamsSource(nameof(Cases))]
    public ChunkCase Chunk { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        plain = CrossEntropy.Create<float>(device, Rung.Cpu);
        soft = DistillationCrossEntropy.Create<float>(device, Rung.Cpu);
        var layout = new SlabLayout();
        SlabEntry[] entries =
        [
            layout.Reserve(nameof(logits), Chunk.Rows, Chunk.Vocabulary),
            layout.Reserve(nameof(teacherLogits), Chunk.Rows, Chunk.Vocabulary),
            layout.Reserve(nameof(gradient), Chunk.Rows, Chunk.Vocabulary),
            layout.Reserve(nameof(losses), 1, Chunk.Rows),
            layout.Reserve(nameof(divergences), 1, Chunk.Rows),
        ];
        slab = new Slab<float>(device, layout);
        (logits, teacherLogits, gradient) = (slab[entries[0]], slab[entries[1]], slab[entries[2]]);
        (losses, divergences) = (slab[entries[3]], slab[entries[4]]);
        targetBuffer = device.Allocate<int>(Chunk.Rows);
        targets = new Tensor<int>(targetBuffer.View, 1, Chunk.Rows);
        var random = new Random(1);
        logits.CopyFrom([.. Enumerable.Range(0, (int)logits.Length).Select(_ => (random.NextSingle() * 8) - 4)]);
        teacherLogits.CopyFrom([.. Enumerable.Range(0, (int)logits.Length).Select(_ => (random.NextSingle() * 8) - 4)]);
        targets.CopyFrom([.. Enumerable.Range(0, Chunk.Rows).Select(_ => random.Next(Chunk.Vocabulary))]);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        slab.Dispose();
        targetBuffer.Dispose();
        device.Dispose();
    }

    [Benchmark(Baseline = true)]
    [BytesPerElement(8)]
    public void FromText() => plain.ForwardBackward(losses, gradient, logits, targets, 1f / Chunk.Rows);

    [Benchmark]
    [BytesPerElement(12)]
    public void FromTextAndTeacher() => soft.ForwardBackward(losses, divergences, gradient, logits, teacherLogits, targets, Mix, 1f / Chunk.Rows);

    private sealed class Bandwidths : ShortInProcessConfig
    {
        public Bandwidths() =>
            AddColumn(StatisticColumn.Min, new RateColumn("GB/s", "bytes read and written", BytesOf));

        private static double? BytesOf(BenchmarkCase call)
        {
            var chunk = (ChunkCase)call.Parameters[nameof(Chunk)];
            int? bytes = call.Descriptor.WorkloadMethod.GetCustomAttribute<BytesPerElementAttribute>()?.Bytes;
            return (double?)bytes * chunk.Rows * chunk.Vocabulary;
        }
    }
}
