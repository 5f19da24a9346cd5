using System.Diagnostics;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Seconds of a launch: medians over batches of launches with one synchronisation each, so that launching overlaps computing.</summary>
internal static class GpuTimer
{
    private const int Batches = 7;
    private const double SecondsPerBatch = .02;
    private const int MostLaunches = 1000;

    /// <param name="device">Where it launches.</param>
    /// <param name="tiny">Once is enough: the figure means nothing.</param>
    /// <param name="launch">Returns at once.</param>
    public static double Seconds(Device device, bool tiny, Action launch)
    {
        double once = Batch(device, launch, 1);
        if (tiny)
            return once;
        once = Batch(device, launch, 1);
        int launches = (int)Math.Clamp(Math.Ceiling(SecondsPerBatch / once), 1, MostLaunches);
        double[] seconds = [.. Enumerable.Range(0, Batches).Select(_ => Batch(device, launch, launches)).Order()];
        return seconds[Batches / 2];
    }

    private static double Batch(Device device, Action launch, int launches)
    {
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < launches; i++)
            launch();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / launches;
    }
}
