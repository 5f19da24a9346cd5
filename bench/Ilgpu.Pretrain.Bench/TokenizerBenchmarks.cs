using System.Buffers;
using BenchmarkDotNet.Attributes;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Byte-level BPE on one thread: 4096 tokens trained on a made-up text, another one of the same words encoded and decoded.</summary>
[Config(typeof(Rates))]
public class TokenizerBenchmarks
{
    /// <summary>Of each text.</summary>
    private const int Bytes = 1 << 22;

    private const int Vocabulary = 4096;

    private readonly ArrayBufferWriter<int> ids = new(Bytes);
    private byte[] trainingText = [];
    private byte[] text = [];
    private int[] encoded = [];
    private BytePairTokenizer tokenizer = null!;

    [Params(PreTokenization.Gpt2, PreTokenization.Llama3)]
    public PreTokenization Pieces { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        trainingText = TokenizerText.Make(seed: 1, Bytes);
        text = TokenizerText.Make(seed: 2, Bytes);
        tokenizer = new BytePairTokenizer(Train());
        _ = Encode();
        encoded = ids.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int Encode()
    {
        ids.ResetWrittenCount();
        tokenizer.Encode(text, ids);
        return ids.WrittenCount;
    }

    [Benchmark]
    public byte[] Decode() => tokenizer.Decode(encoded);

    /// <summary>Counting the pieces and learning the merges.</summary>
    [Benchmark]
    public object TrainVocabulary() => Train();

    private BytePairModel Train()
    {
        var counts = new PieceCounts(Pieces, []);
        counts.Add(trainingText);
        return BytePairTrainer.Train(counts.All, Vocabulary, [Tokenizer.EndOfTextName], Pieces);
    }

    private sealed class Rates : ShortInProcessConfig
    {
        public Rates() => AddColumn(new RateColumn("MB/s", "bytes of text", _ => Bytes, unit: 1e6));
    }
}
