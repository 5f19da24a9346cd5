namespace Ilgpu.Pretrain.Training;

/// <summary>A run that is to be trained.</summary>
/// <param name="Config">What to train.</param>
/// <param name="Folder">The run's.</param>
/// <param name="Sources">What it reads.</param>
public sealed record PlannedRun(TrainingConfig Config, string Folder, TrainingSources Sources);
