using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What plain copies in host memory reach: the figure that a share of copy bandwidth is a share of.</summary>
public static unsafe class CopyMeasurement
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
        int share = LargeBytes / threads;
        return Best(LargeBytes, 2.0 * share * threads, runs, (source, target) =>
            Parallel.For(0, threads, part => Copy(source + (part * share), target + (part * share), share)));
    }

    /// <summary>Bytes copied a second by this thread alone inside its cache: it goes with the core's clock, as work on text does.</summary>
    public static double CachedBytesPerSecond(int runs = 10) =>
        Best(SmallBytes, (double)SmallBytes * SmallCopiesPerRun, runs, (source, target) =>
        {
            for (int copy = 0; copy < SmallCopiesPerRun; copy++)
                Copy(source, target, SmallBytes);
        });

    private static void Copy(nint source, nint target, int bytes) => new Span<byte>((void*)source, bytes).CopyTo(new Span<byte>((void*)target, bytes));

    /// <summary>
    /// The first run, which touches the memory and compiles the code, does not count. Where two arrays lie to each other within
    /// a page makes their copies up to half as fast again; here it is always the same.
    /// </summary>
    private static double Best(int bytes, double moved, int runs, Action<nint, nint> copy)
    {
        const int Page = 4096;
        var source = (nint)NativeMemory.AlignedAlloc((nuint)((2 * bytes) + Page), Page);
        nint target = source + bytes + (Page / 2);
        copy(source, target);
        TimeSpan best = TimeSpan.MaxValue;
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            copy(source, target);
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            best = taken < best ? taken : best;
        }

        NativeMemory.AlignedFree((void*)source);
        return moved / best.TotalSeconds;
    }
}
