using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Bench;

/// <summary>What ptxas makes of a kernel for one architecture.</summary>
/// <param name="Registers">Of a thread.</param>
/// <param name="SharedBytes">Static shared memory of a group.</param>
/// <param name="SpillBytes">Stored to and loaded from local memory for want of registers.</param>
/// <param name="StackBytes">Of a thread: variables that have no register.</param>
/// <param name="Error">Why it did not assemble; null where it did.</param>
internal sealed record GpuAssembly(int Registers, int SharedBytes, int SpillBytes, int StackBytes, string? Error);

/// <summary>NVIDIA's assembler, as a process.</summary>
internal sealed partial class GpuAssembler(string program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>As it names itself: 'release 11.8, V11.8.89'.</summary>
    public string Version => Release().Match(Run(["--version"]).Output) is { Success: true } match ? match.Groups[1].Value : "of an unknown release";

    /// <param name="file">PTX.</param>
    /// <param name="architecture">For example sm_80.</param>
    public GpuAssembly Assemble(string file, string architecture)
    {
        (int exitCode, string output) = Run([$"-arch={architecture}", "-v", file, "-o", "/dev/null"]);
        if (exitCode != 0)
            return new GpuAssembly(0, 0, 0, 0, FirstLine(output, file));
        return new GpuAssembly(
            Figure(Registers(), output),
            Figure(Shared(), output),
            Figure(SpillStores(), output) + Figure(SpillLoads(), output),
            Figure(Stack(), output),
            null);
    }

    private (int ExitCode, string Output) Run(string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            process.WaitForExit();
            return (-1, $"ptxas did not end within {Patience}");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult());
    }

    /// <summary>What went wrong, without the file's folder: the same on every machine.</summary>
    private static string FirstLine(string output, string file) =>
        output.Replace(Path.GetDirectoryName(file) + Path.DirectorySeparatorChar, string.Empty, StringComparison.Ordinal)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault("ptxas failed without a word");

    /// <summary>The sum over the functions of a file; a figure that is not there is zero.</summary>
    private static int Figure(Regex pattern, string output) =>
        pattern.Matches(output).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"release\s+([^\n]+)")]
    private static partial Regex Release();

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Registers();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Shared();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes spill loads")]
    private static partial Regex SpillLoads();
}
