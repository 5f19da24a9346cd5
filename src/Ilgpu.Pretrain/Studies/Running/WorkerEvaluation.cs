using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>An evaluation in a worker process.</summary>
internal sealed record WorkerEvaluation(long Step, ValidationScore Score);
