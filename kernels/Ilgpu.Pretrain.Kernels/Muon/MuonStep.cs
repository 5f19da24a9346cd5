namespace Ilgpu.Pretrain.Kernels;

/// <summary>What one Muon step multiplies with.</summary>
/// <param name="LearningRate">The step's learning rate, schedule included.</param>
/// <param name="WeightDecay">Decoupled; multiplied by the learning rate: p loses LearningRate * WeightDecay of itself a step.</param>
public readonly record struct MuonStep(double LearningRate, double WeightDecay);
