using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// What follows a backward pass, as bytes a second beside a plain copy's on the same threads: both ops read and write
/// each element once, so memory is their bound.
/// </summary>
[Config(typeof(Bandwidths))]
public class OptimizerBenchmarks
{
    private static readonly AdamWStep Step = new(1e-3, .1, .9, .95, 1e-8, 10);
    private readonly Device device = Device.OpenCpu();
    private readonly List<DeviceBuffer<float>> slabs = [];
    private AdamW adamW = null!;
    private GradientNorm gradientNorm = null!;
    private Tensor<float> norm;
    private DeviceBuffer<float> normBuffer = null!;
    private DeviceBuffer<double> scratch = null!;
    private float[] source = [];
    private float[] target = [];

    /// <summary>In the processor's caches, and far beyond them.</summary>
    [Params(1 << 20, 1 << 24)]
    public int Elements { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        adamW = AdamW.Create(device);
        gradientNorm = GradientNorm.Create(device);
        var random = new Random(1);
        source = [.. Enumerable.Range(0, Elements).Select(_ => random.NextSingle() - .5f)];
        target = new float[Elements];
        for (int slab = 0; slab < 4; slab++)
        {
            slabs.Add(device.Allocate<float>(Elements));
            new Tensor<float>(slabs[slab].View, 1, Elements).CopyFrom(Array.ConvertAll(source, value => slab == 3 ? value * value : value));
        }

        normBuffer = device.Allocate<float>(2);
        norm = new Tensor<float>(normBuffer.View, 1, 2);
        norm.CopyFrom([1, 1]);
        scratch = device.Allocate<double>(GradientNorm.Scratch(Elements));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        slabs.ForEach(slab => slab.Dispose());
        slabs.Clear();
        normBuffer.Dispose();
        scratch.Dispose();
        device.Dispose();
    }

    [Benchmark(Baseline = true)]
    [BytesPerElement(8)]
    public void Copy()
    {
        int share = Elements / device.Threads;
        Parallel.For(0, device.Threads, part => source.AsSpan(part * share, share).CopyTo(target.AsSpan(part * share, share)));
    }

    [Benchmark]
    [BytesPerElement(4)]
    public void ComputeNorm() =>
        gradientNorm.Compute(norm, slabs[1].View, float.PositiveInfinity, new Tensor<double>(scratch.View, 1, (int)scratch.View.Length));

    [Benchmark]
    [BytesPerElement(28)]
    public void StepAdamW() =>
        adamW.Step(slabs[0].View, slabs[1].View, slabs[2].View, slabs[3].View, Elements / 2, norm, Step);

    private sealed class Bandwidths : ShortInProcessConfig
    {
        public Bandwidths() =>
            AddColumn(new RateColumn("GB/s", "bytes read and written", call => (double?)BytesPerElement(call) * (int)call.Parameters[nameof(Elements)]));

        private static int? BytesPerElement(BenchmarkCase call) =>
            call.Descriptor.WorkloadMethod.GetCustomAttribute<BytesPerElementAttribute>()?.Bytes;
    }
}
