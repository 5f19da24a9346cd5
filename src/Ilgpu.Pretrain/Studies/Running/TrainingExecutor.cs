using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Trains what a <see cref="StudyTraining"/> says, in this process. From any thread.</summary>
/// <param name="datasets">Opened as they are needed.</param>
internal sealed class TrainingExecutor(OpenDatasets datasets)
{
    /// <exception cref="InputException">As <see cref="Trainer.Run"/>.</exception>
    public TrainingOutcome Run(StudyTraining training, Device device, ITrainingProgress? progress, CancellationToken cancellation) => Trainer.Run(
        training.Config,
        training.Options,
        Open(training),
        device,
        training.Folder,
        progress,
        cancellation);

    private TrainingSources Open(StudyTraining training) => new(datasets.Get(training.DatasetFolder))
    {
        Mixed = training.MixedFolder is { } mixed ? datasets.Get(mixed) : null,
        StartFolder = training.StartFolder,
        Teachers = training.TeacherFolders.Count == 0 ? [] : SoftLabelTeachers.Open(training.TeacherFolders),
    };
}
