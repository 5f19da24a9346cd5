using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// What this machine's processor can do at most, measured: the figure that a share of peak is a share of.
/// </summary>
public static class PeakMeasurement
{
    /// <summary>Short enough to fall between two interruptions by other programs now and then.</summary>
    private const double SecondsPerRun = .004;

    private const int Runs = 30;

    /// <summary>
    /// Independent sums, each from a value of its own (equal ones would be computed once): two fused multiply-adds a cycle, each four to five cycles long, need ten.
    /// </summary>
    private const int Sums = 12;

    /// <summary>
    /// Floating-point operations a second of a loop of fp32 fused multiply-adds on registers alone, with the widest
    /// vectors that the processor has, on <paramref name="threads"/> threads at once; a fused multiply-add counts as two.
    /// The best of a few runs, about 0.15 seconds in all.
    /// </summary>
    public static double FmaFlopsPerSecond(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        const int Probe = 100_000;
        double probeSeconds = Math.Min(FmaSeconds(Probe), FmaSeconds(Probe));
        int iterations = (int)Math.Clamp(Probe * SecondsPerRun / probeSeconds, Probe, int.MaxValue);
        double seconds = Enumerable.Range(0, Runs).Min(_ => SecondsOnThreads(threads, iterations));
        return 2.0 * Sums * Lanes * iterations * threads / seconds;
    }

    /// <summary>Floats in the widest vector.</summary>
    internal static int Lanes =>
        Vector512.IsHardwareAccelerated ? Vector512<float>.Count
        : Vector256.IsHardwareAccelerated ? Vector256<float>.Count
        : Vector128<float>.Count;

    /// <summary>From the moment that all threads are ready until the last has finished.</summary>
    private static double SecondsOnThreads(int threads, int iterations)
    {
        using var start = new Barrier(threads);
        var started = new long[threads];
        var finished = new long[threads];
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            start.SignalAndWait();
            started[index] = Stopwatch.GetTimestamp();
            _ = FmaSeconds(iterations);
            finished[index] = Stopwatch.GetTimestamp();
        }))];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        return Stopwatch.GetElapsedTime(started.Min(), finished.Max()).TotalSeconds;
    }

    private static double FmaSeconds(int iterations)
    {
        long start = Stopwatch.GetTimestamp();
        float sum = Vector512.IsHardwareAccelerated ? Fma512(iterations)
            : Vector256.IsHardwareAccelerated ? Fma256(iterations)
            : Fma128(iterations);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        GC.KeepAlive(sum);
        return seconds;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Fma512(int iterations)
    {
        Vector512<float> x = Vector512.Create(.5f);
        Vector512<float> s0 = x + x, s1 = s0 + x, s2 = s1 + x, s3 = s2 + x, s4 = s3 + x, s5 = s4 + x;
        Vector512<float> s6 = s5 + x, s7 = s6 + x, s8 = s7 + x, s9 = s8 + x, s10 = s9 + x, s11 = s10 + x;
        for (int i = 0; i < iterations; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(x, x, s0);
            s1 = Vector512.FusedMultiplyAdd(x, x, s1);
            s2 = Vector512.FusedMultiplyAdd(x, x, s2);
            s3 = Vector512.FusedMultiplyAdd(x, x, s3);
            s4 = Vector512.FusedMultiplyAdd(x, x, s4);
            s5 = Vector512.FusedMultiplyAdd(x, x, s5);
            s6 = Vector512.FusedMultiplyAdd(x, x, s6);
            s7 = Vector512.FusedMultiplyAdd(x, x, s7);
            s8 = Vector512.FusedMultiplyAdd(x, x, s8);
            s9 = Vector512.FusedMultiplyAdd(x, x, s9);
            s10 = Vector512.FusedMultiplyAdd(x, x, s10);
            s11 = Vector512.FusedMultiplyAdd(x, x, s11);
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Fma256(int iterations)
    {
        Vector256<float> x = Vector256.Create(.5f);
        Vector256<float> s0 = x + x, s1 = s0 + x, s2 = s1 + x, s3 = s2 + x, s4 = s3 + x, s5 = s4 + x;
        Vector256<float> s6 = s5 + x, s7 = s6 + x, s8 = s7 + x, s9 = s8 + x, s10 = s9 + x, s11 = s10 + x;
        for (int i = 0; i < iterations; i++)
        {
            s0 = Vector256.FusedMultiplyAdd(x, x, s0);
            s1 = Vector256.FusedMultiplyAdd(x, x, s1);
            s2 = Vector256.FusedMultiplyAdd(x, x, s2);
            s3 = Vector256.FusedMultiplyAdd(x, x, s3);
            s4 = Vector256.FusedMultiplyAdd(x, x, s4);
            s5 = Vector256.FusedMultiplyAdd(x, x, s5);
            s6 = Vector256.FusedMultiplyAdd(x, x, s6);
            s7 = Vector256.FusedMultiplyAdd(x, x, s7);
            s8 = Vector256.FusedMultiplyAdd(x, x, s8);
            s9 = Vector256.FusedMultiplyAdd(x, x, s9);
            s10 = Vector256.FusedMultiplyAdd(x, x, s10);
            s11 = Vector256.FusedMultiplyAdd(x, x, s11);
        }

        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Fma128(int iterations)
    {
        Vector128<float> x = Vector128.Create(.5f);
        Vector128<float> s0 = x + x, s1 = s0 + x, s2 = s1 + x, s3 = s2 + x, s4 = s3 + x, s5 = s4 + x;
        Vector128<float> s6 = s5 + x, s7 = s6 + x, s8 = s7 + x, s9 = s8 + x, s10 = s9 + x, s11 = s10 + x;
        for (int i = 0; i < iterations; i++)
        {
            s0 = Vector128.FusedMultiplyAdd(x, x, s0);
            s1 = Vector128.FusedMultiplyAdd(x, x, s1);
            s2 = Vector128.FusedMultiplyAdd(x, x, s2);
            s3 = Vector128.FusedMultiplyAdd(x, x, s3);
            s4 = Vector128.FusedMultiplyAdd(x, x, s4);
            s5 = Vector128.FusedMultiplyAdd(x, x, s5);
            s6 = Vector128.FusedMultiplyAdd(x, x, s6);
            s7 = Vector128.FusedMultiplyAdd(x, x, s7);
            s8 = Vector128.FusedMultiplyAdd(x, x, s8);
            s9 = Vector128.FusedMultiplyAdd(x, x, s9);
            s10 = Vector128.FusedMultiplyAdd(x, x, s10);
            s11 = Vector128.FusedMultiplyAdd(x, x, s11);
        }

        return Vector128.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }
}
