namespace Ilgpu.Pretrain.Training;

/// <summary>A run that is to be trained, and where.</summary>
public sealed record PlannedRun(TrainingConfig Config, string Folder);
