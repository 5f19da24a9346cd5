using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Training;

/// <summary>A run that is about to start or to go on.</summary>
/// <param name="Folder">The run's.</param>
/// <param name="FromStep">Optimizer steps taken before.</param>
/// <param name="Steps">Optimizer steps in all.</param>
/// <param name="Epochs">Epochs that the steps begin: the last one may end early.</param>
/// <param name="TokensPerStep">Tokens that a step predicts.</param>
/// <param name="PlannedBytes">Device memory.</param>
/// <param name="Precision">What the residual branches compute in.</param>
public sealed record TrainingStart(
    string Folder,
    long FromStep,
    long Steps,
    int Epochs,
    long TokensPerStep,
    long PlannedBytes,
    ComputePrecision Precision);
