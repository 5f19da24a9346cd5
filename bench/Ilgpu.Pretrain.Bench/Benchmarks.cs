using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Ilgpu.Pretrain.Bench;

/// <summary>BenchmarkDotNet's switcher, with an exit code that tells of failed benchmarks.</summary>
internal static class Benchmarks
{
    /// <summary>Calls each benchmark once instead of measuring it: it still runs.</summary>
    private const string Once = "--once";

    /// <returns>0, or 1 when no benchmark was chosen or one failed.</returns>
    public static int Run(string[] args)
    {
        IConfig? config = args.Contains(Once)
            ? ManualConfig.CreateMinimumViable().AddJob(Job.Dry.AsMutator())
            : null;
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(Benchmarks).Assembly).Run([.. args.Where(arg => arg != Once)], config)];
        return summaries.Length > 0 && summaries.All(Succeeded) ? 0 : 1;
    }

    private static bool Succeeded(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.Length == summary.BenchmarksCases.Length && summary.Reports.All(report => report.Success);
}
