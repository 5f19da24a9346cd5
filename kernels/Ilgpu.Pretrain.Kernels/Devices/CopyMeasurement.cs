using System.Diagnostics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What plain copies in host memory reach: the figure that a share of copy bandwidth is a share of.</summary>
public static class CopyMeasurement
{
    /// <summary>Beyond every cache.</summary>
    private const int LargeBytes = 1 << 26;

    /// <summary>Well inside a core's own cache.</summary>
    private const int SmallBytes = 1 << 14;

    private const int SmallCopiesPerRun = 1 << 12;

    /// <summary>
    /// Bytes read and written a second by <paramref name="threads"/> threads that copy 64 MB between them, the best of
    /// <paramref name="runs"/>.
    /// </summary>
    public static double BytesPerSecond(int threads, int runs = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        var source = new byte[LargeBytes];
        var target = new byte[LargeBytes];
        int share = LargeBytes / threads;
        return Best(2.0 * share * threads, runs, () =>
            Parallel.For(0, threads, part => source.AsSpan(part * share, share).CopyTo(target.AsSpan(part * share, share))));
    }

    /// <summary>Bytes copied a second by this thread alone inside its cache: it goes with the core's clock, as work on text does.</summary>
    public static double CachedBytesPerSecond(int runs = 10)
    {
        var source = new byte[SmallBytes];
        var target = new byte[SmallBytes];
        return Best((double)SmallBytes * SmallCopiesPerRun, runs, () =>
        {
            for (int copy = 0; copy < SmallCopiesPerRun; copy++)
                source.AsSpan().CopyTo(target);
        });
    }

    /// <summary>The first run, which touches the memory and compiles the code, does not count.</summary>
    private static double Best(double bytes, int runs, Action copy)
    {
        copy();
        TimeSpan best = TimeSpan.MaxValue;
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            copy();
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            best = taken < best ? taken : best;
        }

        return bytes / best.TotalSeconds;
    }
}
