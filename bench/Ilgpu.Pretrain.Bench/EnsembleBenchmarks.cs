using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Running;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// One chunk of an ensemble's evaluation, as bytes a second beside a plain sum's and a single model's losses on the same
/// threads. Counted are the logits and their sum, read and written once, whatever is read again from cache.
/// </summary>
[Config(typeof(Bandwidths))]
public class EnsembleBenchmarks
{
    private const int FirstMember = 1;
    private const int NextMember = 2;
    private readonly Device device = Device.OpenCpu();
    private EnsembleCrossEntropy ensemble = null!;
    private EnsembleLogits sums = null!;
    private CrossEntropy<float> single = null!;
    private Slab<float> slab = null!;
    private DeviceBuffer<int> targetBuffer = null!;
    private Tensor<float> logits;
    private Tensor<float> logitSum;
    private Tensor<float> logProbabilitySum;
    private Tensor<float> memberLosses;
    private Tensor<float> logitAverageLosses;
    private Tensor<float> probabilityAverageLosses;
    private Tensor<int> targets;

    public static IEnumerable<ChunkCase> Cases => [new(512, 1024), new(256, 50257)];

    [ParamsSource(nameof(Cases))]
    public ChunkCase Chunk { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        ensemble = EnsembleCrossEntropy.Create(device, Rung.Cpu);
        sums = EnsembleLogits.Create(device, EnsembleAveraging.Logits, Rung.Cpu);
        single = CrossEntropy.Create<float>(device, Rung.Cpu);
        var layout = new SlabLayout();
        SlabEntry[] entries =
        [
            layout.Reserve(nameof(logits), Chunk.Rows, Chunk.Vocabulary),
            layout.Reserve(nameof(logitSum), Chunk.Rows, Chunk.Vocabulary),
            layout.Reserve(nameof(logProbabilitySum), 1, Chunk.Rows),
            layout.Reserve(nameof(memberLosses), 1, Chunk.Rows),
            layout.Reserve(nameof(logitAverageLosses), 1, Chunk.Rows),
            layout.Reserve(nameof(probabilityAverageLosses), 1, Chunk.Rows),
        ];
        slab = new Slab<float>(device, layout);
        (logits, logitSum, logProbabilitySum) = (slab[entries[0]], slab[entries[1]], slab[entries[2]]);
        (memberLosses, logitAverageLosses, probabilityAverageLosses) = (slab[entries[3]], slab[entries[4]], slab[entries[5]]);
        targetBuffer = device.Allocate<int>(Chunk.Rows);
        targets = new Tensor<int>(targetBuffer.View, 1, Chunk.Rows);
        var random = new Random(1);
        logits.CopyFrom([.. Enumerable.Range(0, (int)logits.Length).Select(_ => (random.NextSingle() * 8) - 4)]);
        targets.CopyFrom([.. Enumerable.Range(0, Chunk.Rows).Select(_ => random.Next(Chunk.Vocabulary))]);
        AccumulateFirst();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        slab.Dispose();
        targetBuffer.Dispose();
        device.Dispose();
    }

    [Benchmark(Baseline = true)]
    [BytesPerElement(12)]
    public void AddLogits() => sums.Accumulate(logitSum, logits, NextMember);

    [Benchmark]
    [BytesPerElement(4)]
    public void CrossEntropyForward() => single.Forward(memberLosses, logits, targets);

    [Benchmark]
    [BytesPerElement(8)]
    public void AccumulateFirst() => Accumulate(FirstMember);

    /// <summary>The same member again and again: the sum grows with the calls, and stays finite.</summary>
    [Benchmark]
    [BytesPerElement(12)]
    public void AccumulateNext() => Accumulate(NextMember);

    private void Accumulate(int member) =>
        ensemble.Accumulate(memberLosses, logitAverageLosses, probabilityAverageLosses, logitSum, logProbabilitySum, logits, targets, member);

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

/// <summary>A chunk's logits: tokens x words.</summary>
public sealed record ChunkCase(int Rows, int Vocabulary)
{
    public override string ToString() => $"{Rows}x{Vocabulary}";
}
