using System.Diagnostics;
using System.Globalization;

namespace Ilgpu.Pretrain.Bench;

/// <summary>What other programs take of the machine while something is measured, where Linux tells it.</summary>
internal sealed class MachineLoad
{
    private const string Statistics = "/proc/stat";

    /// <summary>Linux counts processors' time in hundredths of a second.</summary>
    private const double TicksPerSecond = 100;

    private readonly long begin = Stopwatch.GetTimestamp();
    private readonly double busy = BusySeconds();
    private readonly TimeSpan own = OwnTime();

    /// <summary>
    /// The share of all cores that went to other programs since this was made; NaN where that is not told. Time that the
    /// host of a virtual machine kept for itself counts as taken.
    /// </summary>
    /// <param name="peers">Processor time of programs that were measured.</param>
    public double TakenByOthers(TimeSpan peers = default)
    {
        double cores = Stopwatch.GetElapsedTime(begin).TotalSeconds * Environment.ProcessorCount;
        return Math.Max(0, BusySeconds() - busy - (OwnTime() - own + peers).TotalSeconds) / cores;
    }

    private static TimeSpan OwnTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    /// <summary>Of all cores since the start: all fields of the first line but idle and iowait; those of guests are in the first two already.</summary>
    private static double BusySeconds()
    {
        if (!File.Exists(Statistics))
            return double.NaN;
        using StreamReader file = File.OpenText(Statistics);
        string[] fields = file.ReadLine()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields[1..9].Where((_, index) => index is not (3 or 4)).Sum(field => double.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
