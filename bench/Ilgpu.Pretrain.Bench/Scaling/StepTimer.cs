using System.Diagnostics;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>The median time of a training step.</summary>
internal static class StepTimer
{
    private const int WarmUpSteps = 3;
    private const int FewestSteps = 5;

    /// <summary>Seconds of one run's step, on a device with these threads.</summary>
    public static double Median(StepCase step, int threads, double seconds)
    {
        using var device = Device.OpenCpu(threads);
        using var training = new TrainingStep(device, step);
        WarmUp(training);
        return Median(training, seconds);
    }

    /// <summary>Seconds of a step for each of as many runs as there are threads, which train at once on devices of one thread.</summary>
    public static double[] MediansSideBySide(StepCase step, int runs, double seconds)
    {
        double[] medians = new double[runs];
        using var start = new Barrier(runs);
        Thread[] threads = [.. Enumerable.Range(0, runs).Select(run => new Thread(() =>
        {
            using var device = Device.OpenCpu(threads: 1);
            using var training = new TrainingStep(device, step);
            WarmUp(training);
            start.SignalAndWait();
            medians[run] = Median(training, seconds);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return medians;
    }

    private static void WarmUp(TrainingStep training)
    {
        for (int i = 0; i < WarmUpSteps; i++)
            training.Take();
    }

    private static double Median(TrainingStep training, double seconds)
    {
        List<double> taken = [];
        long begin = Stopwatch.GetTimestamp();
        while (taken.Count < FewestSteps || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
        {
            long start = Stopwatch.GetTimestamp();
            training.Take();
            taken.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        taken.Sort();
        return taken[taken.Count / 2];
    }
}
