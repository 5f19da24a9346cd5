using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Trains side by side in this process, each slot on a device of its own.</summary>
public sealed class LocalScheduler : IStudyScheduler
{
    private readonly SlotQueue<Device> queue;
    private readonly OpenDatasets datasets = new();
    private readonly TrainingExecutor executor;

    /// <param name="slots">Trainings at a time.</param>
    /// <param name="openDevice">Called once a slot, when it is first needed.</param>
    public LocalScheduler(int slots, Func<Device> openDevice)
    {
        queue = new SlotQueue<Device>(slots, _ => openDevice());
        executor = new TrainingExecutor(datasets);
    }

    public int Slots => queue.Slots;

    public double BusySeconds => queue.BusySeconds;

    public double WorkSeconds => queue.WorkSeconds;

    public Task<TrainingOutcome> Train(StudyTraining training, int priority, ITrainingProgress? progress, CancellationToken cancellation) =>
        queue.Enqueue(device => executor.Run(training, device, progress, cancellation), priority, cancellation);

    public Task<T> Compute<T>(Func<Device, T> work, int priority, CancellationToken cancellation) => queue.Enqueue(work, priority, cancellation);

    public void Dispose()
    {
        queue.Dispose();
        datasets.Dispose();
    }
}
