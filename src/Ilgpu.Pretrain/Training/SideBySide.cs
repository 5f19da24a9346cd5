using System.Runtime.ExceptionServices;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// Trains several runs, some of them at a time, each on a device of its own: small models leave most of a processor idle
/// when all its threads work on one. A run's result does not depend on what is trained beside it.
/// </summary>
public static class SideBySide
{
    /// <param name="runs">None twice.</param>
    /// <param name="options">Of every run.</param>
    /// <param name="openDevice">Called once for each of those that work at a time.</param>
    /// <param name="atATime">Runs that are trained at a time, at most.</param>
    /// <param name="progressOf">Told, on the run's own thread, how the run of this index comes along.</param>
    /// <param name="cancellation">Asks all to save and leave.</param>
    /// <returns>One outcome a run; null for one that was not begun because of a cancellation.</returns>
    /// <exception cref="InputException">A configuration cannot be used, or the memory does not suffice. When one run fails, the others save and leave, and its exception is thrown.</exception>
    public static TrainingOutcome?[] Run(
        IReadOnlyList<PlannedRun> runs,
        TrainingOptions options,
        Func<Device> openDevice,
        int atATime,
        Func<int, ITrainingProgress?> progressOf,
        CancellationToken cancellation = default) =>
        TrainAll(runs, options, openDevice, atATime, progressOf, goOnAfterDivergence: false, cancellation);

    /// <summary>
    /// As <see cref="Run"/>, but a run that diverges stops no other, and one in whose folder it was written before
    /// (<see cref="RunDivergence"/>) is not tried again.
    /// </summary>
    public static TrainingOutcome?[] RunDespiteDivergence(
        IReadOnlyList<PlannedRun> runs,
        TrainingOptions options,
        Func<Device> openDevice,
        int atATime,
        Func<int, ITrainingProgress?> progressOf,
        CancellationToken cancellation = default) =>
        TrainAll(runs, options, openDevice, atATime, progressOf, goOnAfterDivergence: true, cancellation);

    /// <summary>How many runs the memory has room for at a time, at most as many as the processor has threads.</summary>
    /// <param name="configs">Of the runs.</param>
    /// <param name="options">Of every run.</param>
    /// <param name="device">Where they go.</param>
    public static int FittingAtATime(IReadOnlyList<TrainingConfig> configs, TrainingOptions options, DeviceDescription device)
    {
        if (device.Kind != DeviceKind.Cpu)
            return 1;
        long largest = configs.Max(config => Trainer.PlanMemory(config, options).Total);
        return (int)Math.Clamp(Math.Min(configs.Count, device.MemoryBytes / 2 / largest), 1, device.Threads);
    }

    private static TrainingOutcome?[] TrainAll(
        IReadOnlyList<PlannedRun> runs,
        TrainingOptions options,
        Func<Device> openDevice,
        int atATime,
        Func<int, ITrainingProgress?> progressOf,
        bool goOnAfterDivergence,
        CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(atATime);
        var outcomes = new TrainingOutcome?[runs.Count];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ExceptionDispatchInfo? failure = null;
        int next = -1;
        Thread[] workers = [.. Enumerable.Range(0, Math.Min(atATime, runs.Count)).Select(_ => new Thread(Work))];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            worker.Join();
        failure?.Throw();
        return outcomes;

        void Work()
        {
            try
            {
                using Device device = openDevice();
                for (int i = Interlocked.Increment(ref next); i < runs.Count && !stop.IsCancellationRequested; i = Interlocked.Increment(ref next))
                    outcomes[i] = goOnAfterDivergence ? RunOrDiverge(i, device) : RunOne(i, device);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
        }

        TrainingOutcome RunOne(int i, Device device) =>
            Trainer.Run(runs[i].Config, options, runs[i].Sources, device, runs[i].Folder, progressOf(i), stop.Token);

        TrainingOutcome RunOrDiverge(int i, Device device)
        {
            if (RunDivergence.Find(runs[i].Folder, runs[i].Config) is { } known)
                return new TrainingOutcome(TrainingStatus.Diverged, runs[i].Folder, known.Step, null);
            try
            {
                return RunOne(i, device);
            }
            catch (TrainingDivergedException divergence)
            {
                progressOf(i)?.OnDivergence(divergence);
                return new TrainingOutcome(TrainingStatus.Diverged, runs[i].Folder, divergence.Step, null);
            }
        }
    }
}
