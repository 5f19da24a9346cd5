using System.Buffers;
using System.Diagnostics;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// The ratios that are held. Numerator and denominator are measured in turns, and of each the best counts: another program
/// that takes the processor for a while slows neither. All are of one thread, which needs one free core: on two, launches
/// wait for whichever core another program holds, and the ratio of a step went from .19 to .31 on one machine.
/// </summary>
internal sealed class SpeedRatios : IDisposable
{
    private const int Turns = 10;

    private const int TextBytes = 1 << 19;

    private static readonly TimeSpan TimePerTurn = TimeSpan.FromMilliseconds(100);

    private readonly List<IDisposable> owned = [];

    public SpeedRatios()
    {
        Device one = Own(Device.OpenCpu(threads: 1));
        LlamaConfig mini = LlamaPresets.Find("mini-s")!;
        LlamaConfig wide = mini with { Hidden = 768, Mlp = 1024, Heads = 12, KeyValueHeads = 12 };
        OpCases products = Own(OpCases.Create(one, wide, 4, 128, ComputePrecision.Fp32, "matmul"));
        OpCases attention = Own(OpCases.Create(one, wide with { Context = 256 }, 2, 256, ComputePrecision.Fp32, "attention"));
        OpCases update = Own(OpCases.Create(one, LlamaPresets.Find("mini-xl")!, 1, 1, ComputePrecision.Fp32, "adamw"));
        var step = new StepCase(mini, 4, 128);
        TrainingStep training = Own(step.Prepare(one));
        All =
        [
            new("matmul", "512 x 2304 x 768 in three layouts, of the FMA peak", () => OfFmaPeak([.. products.Cases.Take(3)])),
            new("attention", "2 x 256 tokens, 12 heads of 64, of the FMA peak", () => OfFmaPeak(attention.Cases)),
            new("step", $"{step}, of the FMA peak", () => Ratio(FmaPeak, step.Flops, () => training.Take())),
            new("adamw", update.Cases[0].Name + ", of copy bandwidth", () => Ratio(() => CopyMeasurement.BytesPerSecond(threads: 1, runs: 3), update.Cases[0].Bytes, update.Cases[0].Call)),
            new("encode", "byte-level BPE, of copies in cache", MakeEncode()),
        ];
    }

    public IReadOnlyList<SpeedRatio> All { get; }

    public void Dispose()
    {
        owned.Reverse();
        owned.ForEach(resource => resource.Dispose());
    }

    private static Func<double> MakeEncode()
    {
        const int Vocabulary = 4096;
        var counts = new PieceCounts(PreTokenization.Gpt2, []);
        counts.Add(TokenizerText.Make(seed: 1, 4 * TextBytes));
        var tokenizer = new BytePairTokenizer(BytePairTrainer.Train(counts.All, Vocabulary, [Tokenizer.EndOfTextName], PreTokenization.Gpt2));
        byte[] text = TokenizerText.Make(seed: 2, TextBytes);
        var ids = new ArrayBufferWriter<int>(TextBytes);
        return () => Ratio(() => CopyMeasurement.CachedBytesPerSecond(), TextBytes, () =>
        {
            ids.ResetWrittenCount();
            tokenizer.Encode(text, ids);
        });
    }

    private static double FmaPeak() => PeakMeasurement.FmaFlopsPerSecond(threads: 1);

    private static double OfFmaPeak(IReadOnlyList<OpCase> calls) => Ratio(FmaPeak, calls.Sum(call => call.Flops), [.. calls.Select(call => call.Call)]);

    /// <summary>The work of all calls by the sum of each one's least time, of the peak.</summary>
    private static double Ratio(Func<double> measurePeak, double work, params Action[] calls)
    {
        double peak = 0;
        double[] least = [.. calls.Select(_ => double.PositiveInfinity)];
        for (int turn = 0; turn < Turns; turn++)
        {
            peak = Math.Max(peak, measurePeak());
            for (int call = 0; call < calls.Length; call++)
                least[call] = Math.Min(least[call], LeastSeconds(calls[call], TimePerTurn / calls.Length));
        }

        return work / least.Sum() / peak;
    }

    private static double LeastSeconds(Action call, TimeSpan patience)
    {
        TimeSpan least = TimeSpan.MaxValue;
        long begin = Stopwatch.GetTimestamp();
        do
        {
            long start = Stopwatch.GetTimestamp();
            call();
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            least = taken < least ? taken : least;
        }
        while (Stopwatch.GetElapsedTime(begin) < patience);
        return least.TotalSeconds;
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        owned.Add(resource);
        return resource;
    }
}
