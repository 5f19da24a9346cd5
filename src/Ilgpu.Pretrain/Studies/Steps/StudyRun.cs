using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A finished run of a study.</summary>
/// <param name="Name">The step's, with what tells it from the step's others.</param>
/// <param name="Config">What was trained.</param>
/// <param name="Result">What came out.</param>
/// <param name="Folder">Where it lies; null for a run that is known from a ledger only and has no weights here.</param>
public sealed record StudyRun(string Name, TrainingConfig Config, RunResult Result, string? Folder);
