namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Where a minimisation ended.</summary>
/// <param name="Coordinates">Of the free parameters.</param>
/// <param name="Objective">There.</param>
/// <param name="Converged">Whether no step promised a decrease any more.</param>
internal sealed record Minimum(double[] Coordinates, double Objective, bool Converged);
