using System.Diagnostics;
using System.Globalization;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>The most memory that this process had resident so far.</summary>
public static class PeakMemory
{
    private const string StatusFile = "/proc/self/status";

    private const string HighWaterMark = "VmHWM:";

    /// <summary>In bytes: Linux's high-water mark, elsewhere what .NET is told.</summary>
    public static long ResidentBytes()
    {
        if (File.Exists(StatusFile) && File.ReadLines(StatusFile).FirstOrDefault(line => line.StartsWith(HighWaterMark, StringComparison.Ordinal)) is { } line)
            return 1024 * long.Parse(line[HighWaterMark.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
