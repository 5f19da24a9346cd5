using System.Diagnostics;
using System.Text.Json;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The bench for GPUs, as its script starts it, on simulated warps: every op runs at shapes that take milliseconds.</summary>
public sealed class GpuBenchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Every_op_of_the_bench_runs_on_simulated_warps()
    {
        string program = Path.Combine(
            AppContext.BaseDirectory
                .Replace(Path.Combine("tests", "Ilgpu.Pretrain.Kernels.Tests"), Path.Combine("bench", "Ilgpu.Pretrain.Bench"), StringComparison.Ordinal)
                .Replace("Ilgpu.Pretrain.Kernels.Tests", "Ilgpu.Pretrain.Bench", StringComparison.Ordinal),
            "Ilgpu.Pretrain.Bench.dll");
        Assert.SkipUnless(File.Exists(program), "the bench is not built beside these tests: the solution's build does");
        (int exitCode, string output, string errors) = Run(program, "gpu", "--device", "simulated-warps", "--json");
        Assert.True(exitCode == 0, errors);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.Empty(result.RootElement.GetProperty("failures").EnumerateArray());
        string[] groups = [.. result.RootElement.GetProperty("measurements").EnumerateArray().Select(each => each.GetProperty("group").GetString()!).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["attention", "matmul", "memory"], groups);

        (exitCode, _, errors) = Run(program, "gpu", "--device", "cuda:99");
        Assert.Equal(2, exitCode);
        Assert.Contains("cuda:99", errors, StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output, string Errors) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"the bench did not end within {Patience}");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}
