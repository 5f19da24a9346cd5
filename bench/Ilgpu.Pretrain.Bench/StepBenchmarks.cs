using BenchmarkDotNet.Attributes;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Whole training steps on all cores.</summary>
[Config(typeof(Rates))]
public class StepBenchmarks
{
    private readonly Device device = Device.OpenCpu();
    private TrainingStep step = null!;

    public static IEnumerable<StepCase> Cases => StepCase.All;

    [ParamsSource(nameof(Cases))]
    public StepCase Case { get; set; } = null!;

    [GlobalSetup]
    public void Setup() => step = Case.Prepare(device);

    [GlobalCleanup]
    public void Cleanup()
    {
        step.Dispose();
        device.Dispose();
    }

    [Benchmark]
    public void Step() => step.Take();

    private sealed class Rates : ShortInProcessConfig
    {
        public Rates() => AddColumn(new RateColumn("GFLOP/s", "floating-point operations of a step", call => ((StepCase)call.Parameters[nameof(Case)]).Flops));
    }
}
