using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// A short run in this process: the build's choice between ILGPU and its stand-in is then the one that is measured.
/// </summary>
public class ShortInProcessConfig : ManualConfig
{
    public ShortInProcessConfig() => AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
}
