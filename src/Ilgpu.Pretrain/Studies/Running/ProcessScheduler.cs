using System.Diagnostics;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// Trains in worker processes, one a slot. What only computes, like measuring an ensemble, is done in this process; its slot's worker
/// waits meanwhile.
/// </summary>
public sealed class ProcessScheduler : IStudyScheduler
{
    private readonly SlotQueue<Slot> queue;

    /// <param name="slots">Processes.</param>
    /// <param name="start">How a worker process is started that calls <see cref="StudyWorker.Serve"/> on its standard streams.</param>
    /// <param name="openDevice">For what is computed in this process; called once a slot, when it is first needed.</param>
    public ProcessScheduler(int slots, Func<ProcessStartInfo> start, Func<Device> openDevice) =>
        queue = new SlotQueue<Slot>(slots, _ => new Slot(new WorkerProcess(start), new Lazy<Device>(openDevice, LazyThreadSafetyMode.None)));

    public int Slots => queue.Slots;

    public double BusySeconds => queue.BusySeconds;

    public double WorkSeconds => queue.WorkSeconds;

    public Task<TrainingOutcome> Train(StudyTraining training, int priority, ITrainingProgress? progress, CancellationToken cancellation) =>
        queue.Enqueue(slot => slot.Worker.Train(training, progress, cancellation), priority, cancellation);

    public Task<T> Compute<T>(Func<Device, T> work, int priority, CancellationToken cancellation) =>
        queue.Enqueue(slot => work(slot.Device.Value), priority, cancellation);

    public void Dispose() => queue.Dispose();

    private sealed record Slot(WorkerProcess Worker, Lazy<Device> Device) : IDisposable
    {
        public void Dispose()
        {
            Worker.Dispose();
            if (Device.IsValueCreated)
                Device.Value.Dispose();
        }
    }
}
