using System.Diagnostics;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using MathNet.Numerics.Statistics;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>The calls of one op at a model's shapes, with memory of their own.</summary>
public sealed class OpCases : IDisposable
{
    /// <summary>So many calls that the median of short ones means something.</summary>
    private static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(50);

    private readonly OpMemory memory;

    private OpCases(OpMemory memory, IReadOnlyList<OpCase> cases)
    {
        this.memory = memory;
        Cases = cases;
    }

    /// <summary>The ops, in the order of a step.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["embedding", "rmsnorm", "matmul", "rope", "attention", "swiglu", "crossentropy", "gradientnorm", "adamw", "muon"];

    public IReadOnlyList<OpCase> Cases { get; }

    /// <param name="device">Where they run.</param>
    /// <param name="model">The shapes.</param>
    /// <param name="batch">Windows a step.</param>
    /// <param name="length">Tokens a window.</param>
    /// <param name="precision">Of the residual branches.</param>
    /// <param name="op">One of <see cref="Names"/>.</param>
    public static OpCases Create(Device device, LlamaConfig model, int batch, int length, ComputePrecision precision, string op)
    {
        var memory = new OpMemory(device);
        IReadOnlyList<OpCase> cases = op switch
        {
            "gradientnorm" => WholeModelCases.GradientNorm(memory, model),
            "adamw" => WholeModelCases.AdamW(memory, model, precision),
            "muon" when precision == ComputePrecision.Bf16 => MuonCases<BFloat16>.Of(memory, model),
            "muon" => MuonCases<float>.Of(memory, model),
            "embedding" => WholeModelCases.Embedding(memory, model, batch * length),
            _ when precision == ComputePrecision.Bf16 => new LayerCases<BFloat16>(memory, model, batch, length).Of(op),
            _ => new LayerCases<float>(memory, model, batch, length).Of(op),
        };
        return new OpCases(memory, cases);
    }

    /// <summary>The median of at least so many calls, after one that is not counted.</summary>
    public OpMeasurement Measure(OpCase op, int repeats)
    {
        Time(op);
        List<double> seconds = [];
        long begin = Stopwatch.GetTimestamp();
        while (seconds.Count < repeats || Stopwatch.GetElapsedTime(begin) < LeastTime)
            seconds.Add(Time(op));
        return new OpMeasurement(op.Op, op.Name, seconds.Median(), op.Flops, op.Bytes);
    }

    public void Dispose() => memory.Dispose();

    private double Time(OpCase op)
    {
        long start = Stopwatch.GetTimestamp();
        op.Call();
        memory.Device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
