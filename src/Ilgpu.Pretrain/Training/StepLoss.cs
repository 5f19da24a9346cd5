namespace Ilgpu.Pretrain.Training;

/// <summary>What a step's tokens cost on average before it was taken, in nats.</summary>
/// <param name="Mean">The loss whose gradient the step follows.</param>
/// <param name="CrossEntropy">The text's alone: the same number, but for a run by soft labels.</param>
internal readonly record struct StepLoss(double Mean, double CrossEntropy);
