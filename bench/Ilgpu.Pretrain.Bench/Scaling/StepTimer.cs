using System.Diagnostics;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>The median time of a training step, measured again while other programs disturb it.</summary>
internal static class StepTimer
{
    private const int WarmUpSteps = 3;
    private const int FewestSteps = 5;
    private const int MostTries = 3;

    /// <summary>More of the machine's cores than this, taken by others, and a measurement is tried again.</summary>
    private const double Quiet = .03;

    /// <summary>One run on a device with these threads.</summary>
    public static TimedStep Alone(StepCase step, int threads, double seconds)
    {
        using var device = Device.OpenCpu(threads);
        using var training = step.Prepare(device);
        WarmUp(training);
        return Quietest(() => [Median(training, seconds)]);
    }

    /// <summary>As many runs as there are threads, which train at once on devices of one thread.</summary>
    public static TimedStep SideBySide(StepCase step, int runs, double seconds) => Quietest(() =>
    {
        double[] medians = new double[runs];
        using var start = new Barrier(runs);
        Thread[] threads = [.. Enumerable.Range(0, runs).Select(run => new Thread(() =>
        {
            using var device = Device.OpenCpu(threads: 1);
            using var training = step.Prepare(device);
            WarmUp(training);
            start.SignalAndWait();
            medians[run] = Median(training, seconds);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return medians;
    });

    /// <summary>Steps that are not measured.</summary>
    public static void WarmUp(TrainingStep training)
    {
        for (int i = 0; i < WarmUpSteps; i++)
            training.Take();
    }

    /// <summary>Of steps that take at least so many seconds together.</summary>
    public static double Median(TrainingStep training, double seconds)
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

    private static TimedStep Quietest(Func<double[]> measure)
    {
        TimedStep? best = null;
        for (int attempt = 0; attempt < MostTries && !(best?.TakenByOthers <= Quiet); attempt++)
        {
            var load = new MachineLoad();
            double[] medians = measure();
            double taken = load.TakenByOthers();
            if (best is null || taken < best.TakenByOthers)
                best = new TimedStep(medians, taken);
            if (double.IsNaN(taken))
                break;
        }

        return best!;
    }
}
