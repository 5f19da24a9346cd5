namespace Ilgpu.Pretrain.Tuning;

/// <summary>What is tuned, in the order in which the descent takes it.</summary>
public enum TuningDirection
{
    LearningRate,
    Epochs,
    WeightDecay,
}
