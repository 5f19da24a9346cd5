namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A minimum of the objective, and how many starts ended there.</summary>
public sealed record LawMinimum(double Objective, int Starts, IReadOnlyDictionary<string, double> Parameters);
