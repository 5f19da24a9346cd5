namespace Ilgpu.Pretrain.Optimization;

/// <summary>What the schedules say of one step.</summary>
/// <param name="LearningRate">Warm-up and decay included.</param>
/// <param name="WeightDecay">Decoupled, multiplied by the learning rate.</param>
public readonly record struct StepRates(double LearningRate, double WeightDecay);
