using BenchmarkDotNet.Attributes;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A training batch out of a memory-mapped file of tokens, on one thread.</summary>
[Config(typeof(Rates))]
public class BatchReaderBenchmarks
{
    private const int Tokens = 1 << 22;
    private const int Length = 512;
    private const int Batch = 8;

    private readonly string file = Path.GetTempFileName();
    private readonly int[] inputs = new int[Batch * Length];
    private readonly int[] targets = new int[Batch * Length];
    private MappedTokens tokens = null!;
    private BatchReader reader = null!;
    private long step;

    /// <summary>16-bit ids, and 32-bit ones.</summary>
    [Params(4096, 128256)]
    public int Vocabulary { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        int bytesPerId = MappedTokens.BytesPerId(Vocabulary);
        var random = new Random(1);
        int[] ids = [.. Enumerable.Range(0, Tokens).Select(_ => random.Next(Vocabulary))];
        var bytes = new byte[(long)Tokens * bytesPerId];
        MappedTokens.Pack(ids, bytes, bytesPerId);
        File.WriteAllBytes(file, bytes);
        tokens = new MappedTokens(file, bytesPerId);
        reader = new BatchReader(tokens.Part(0, Tokens), Tokens, Length, Batch, ShuffleMode.Epoch, seed: 1);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        tokens.Dispose();
        File.Delete(file);
    }

    /// <summary>The next step's: every epoch draws an order of its own.</summary>
    [Benchmark]
    public void ReadBatch() => reader.Read(step++, inputs, targets);

    private sealed class Rates : ShortInProcessConfig
    {
        public Rates() => AddColumn(new RateColumn("M tokens/s", "tokens of a batch", _ => Batch * Length, unit: 1e6));
    }
}
