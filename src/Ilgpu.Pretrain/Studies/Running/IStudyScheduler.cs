using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Where the work of a study is carried out: threads of this process, other processes, or whatever else trains runs into a folder.</summary>
public interface IStudyScheduler : IDisposable
{
    /// <summary>Trainings at a time.</summary>
    int Slots { get; }

    /// <summary>Seconds in which something was being carried out, until now.</summary>
    double BusySeconds { get; }

    /// <summary>Seconds of all that was carried out, those of each slot counted.</summary>
    double WorkSeconds { get; }

    /// <summary>Trains a run, or finds it finished, once there is a free slot.</summary>
    /// <param name="training">What.</param>
    /// <param name="priority">Smaller ones first; among equal ones those that were asked for first.</param>
    /// <param name="progress">Told how it comes along, or null.</param>
    /// <param name="cancellation">Asks to save and leave, or not to begin: the task is then cancelled, or its outcome interrupted.</param>
    /// <returns>Fails as <see cref="Trainer.Run"/> does.</returns>
    Task<TrainingOutcome> Train(StudyTraining training, int priority, ITrainingProgress? progress, CancellationToken cancellation);

    /// <summary>Does something in this process that computes on a device, once there is a free slot.</summary>
    Task<T> Compute<T>(Func<Device, T> work, int priority, CancellationToken cancellation);
}
