using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Cycles a second, measured: processors of one instruction set differ in how many fused multiply-adds they start in a cycle,
/// and so in what share of their peak a program can reach.
/// </summary>
public static class ClockMeasurement
{
    private const int Multiplications = 300_000;

    /// <summary>Of a 64-bit integer multiplication that waits for the one before, on x86 of the last decade.</summary>
    private const int CyclesPerMultiplication = 3;

    private const int Runs = 40;

    /// <summary>Fused multiply-adds of whole vectors that a core starts in a cycle, to the nearest: 1 or 2. Takes .2 seconds.</summary>
    public static int FmasPerCycle() =>
        (int)Math.Round(PeakMeasurement.FmaFlopsPerSecond(1) / (2.0 * PeakMeasurement.Lanes * CyclesPerSecond()));

    private static double CyclesPerSecond()
    {
        TimeSpan best = TimeSpan.MaxValue;
        for (int run = 0; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            GC.KeepAlive(Multiply(start | 1));
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            best = taken < best ? taken : best;
        }

        return (double)CyclesPerMultiplication * Multiplications / best.TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static long Multiply(long factor)
    {
        long product = factor;
        for (int i = 0; i < Multiplications; i++)
            product *= factor;
        return product;
    }
}
