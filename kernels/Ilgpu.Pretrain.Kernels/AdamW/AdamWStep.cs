namespace Ilgpu.Pretrain.Kernels;

/// <summary>What one AdamW step multiplies with.</summary>
/// <param name="LearningRate">The step's learning rate, schedule included.</param>
/// <param name="WeightDecay">Decoupled; multiplied by the learning rate: p loses LearningRate * WeightDecay of itself a step.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="Step">The step's number, from 1: the bias corrections are 1 - beta^Step.</param>
public readonly record struct AdamWStep(
    double LearningRate,
    double WeightDecay,
    double Beta1,
    double Beta2,
    double Epsilon,
    long Step);
