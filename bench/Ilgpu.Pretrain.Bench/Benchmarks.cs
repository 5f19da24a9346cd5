using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Ilgpu.Pretrain.Bench;

/// <summary>BenchmarkDotNet's switcher, with an exit code that tells of failed benchmarks, and results kept by processor.</summary>
internal static class Benchmarks
{
    /// <summary>Calls each benchmark once instead of measuring it: it still runs.</summary>
    private const string Once = "--once";

    /// <summary>Writes each class's table to docs/results/PROCESSOR/benchmarks; run it in the repository's folder.</summary>
    private const string Record = "--record";

    /// <returns>0, or 1 when no benchmark was chosen or one failed.</returns>
    public static int Run(string[] args)
    {
        IConfig? config = args.Contains(Once)
            ? ManualConfig.CreateMinimumViable().AddJob(Job.Dry.AsMutator())
            : null;
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(Benchmarks).Assembly).Run([.. args.Where(arg => arg is not (Once or Record))], config)];
        if (summaries.Length == 0 || !summaries.All(Succeeded))
            return 1;
        if (args.Contains(Record))
            Array.ForEach(summaries, Write);
        return 0;
    }

    private static bool Succeeded(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.Length == summary.BenchmarksCases.Length && summary.Reports.All(report => report.Success);

    private static void Write(Summary summary)
    {
        string folder = Path.Combine("docs", "results", MachineName.Folder, "benchmarks");
        string name = summary.BenchmarksCases[0].Descriptor.Type.Name;
        Directory.CreateDirectory(folder);
        var table = new AccumulationLogger();
        MarkdownExporter.GitHub.ExportToLog(summary, table);
        File.WriteAllText(
            Path.Combine(folder, name + ".md"),
            $"# {name}\n\n{MachineName.Description}\n\n{table.GetLog().ReplaceLineEndings("\n").Trim()}\n");
    }
}
