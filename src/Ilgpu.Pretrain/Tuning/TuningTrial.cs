namespace Ilgpu.Pretrain.Tuning;

/// <summary>What is asked of an objective.</summary>
/// <param name="Point">Of the grid.</param>
/// <param name="Repeat">0 for the tuning's own seeds; 1, 2, ... for others, none in common with another repeat's.</param>
public sealed record TuningTrial(TuningPoint Point, int Repeat = 0);
