using System.Diagnostics;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>FLOP/s of training steps by the shape of model and batch, measured here: as many at a time as the study trains.</summary>
/// <param name="slots">Trainings at a time.</param>
/// <param name="openDevice">Called once a slot.</param>
internal sealed class StepRates(int slots, Func<Device> openDevice) : IDisposable
{
    private const int MostSteps = 200;

    /// <summary>Of steps until the runtime has compiled what it will, and of those that count.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(.3), Measured = TimeSpan.FromSeconds(.5);

    private readonly Dictionary<(LlamaConfig, int, int, ComputePrecision), double> rates = [];
    private readonly Device[] devices = [.. Enumerable.Range(0, slots).Select(_ => openDevice())];

    /// <summary>Of one slot, while the others work too.</summary>
    public double FlopsPerSecond(TrainingConfig config, CancellationToken cancellation)
    {
        (LlamaConfig, int, int, ComputePrecision) shape = (config.Model with { Name = "", Context = config.Length }, config.Batch, config.Length, config.Precision);
        if (!rates.TryGetValue(shape, out double rate))
            rates[shape] = rate = Measure(config, cancellation);
        return rate;
    }

    public void Dispose()
    {
        foreach (Device device in devices)
            device.Dispose();
    }

    private double Measure(TrainingConfig config, CancellationToken cancellation)
    {
        var seconds = new double[slots];
        using var together = new Barrier(slots);
        Task[] tasks = [.. devices.Select((device, slot) => Task.Factory.StartNew(() => seconds[slot] = SecondsPerStep(config, device, together, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        try
        {
            Task.WaitAll(tasks, CancellationToken.None);
        }
        catch (AggregateException)
        {
            (tasks.FirstOrDefault(task => task.IsFaulted) ?? tasks.First(task => task.IsCanceled)).GetAwaiter().GetResult();
        }

        double flops = config.Model.TrainingFlopsPerToken(config.Length) * config.Batch * config.Length;
        return flops / seconds.Average();
    }

    private static double SecondsPerStep(TrainingConfig config, Device device, Barrier together, CancellationToken cancellation)
    {
        using var step = new TrainingStep(device, config.Model, config.Batch, config.Length, config.Precision);
        Take(WarmUp);
        together.SignalAndWait(cancellation);
        return Take(Measured);

        double Take(TimeSpan atLeast)
        {
            var clock = Stopwatch.StartNew();
            int steps = 0;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                step.Take();
                device.Synchronize();
                steps++;
            }
            while (clock.Elapsed < atLeast && steps < MostSteps);
            return clock.Elapsed.TotalSeconds / steps;
        }
    }
}
