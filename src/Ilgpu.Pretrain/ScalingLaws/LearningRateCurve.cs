namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>The learning rate of every step of a run.</summary>
/// <param name="Rates">Of the steps 0, 1, ...</param>
public sealed record LearningRateCurve(double[] Rates);
