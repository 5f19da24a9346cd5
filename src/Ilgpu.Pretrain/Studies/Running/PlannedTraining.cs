using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A run of a step that may have to be trained.</summary>
/// <param name="Name">For people.</param>
/// <param name="Config">What to train.</param>
/// <param name="Prepare">Makes sure that what it reads is there, and says where: called only where something is to be trained.</param>
internal sealed record PlannedTraining(string Name, TrainingConfig Config, Func<StudyTraining> Prepare);
