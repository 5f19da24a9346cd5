namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Where a minimisation ended.</summary>
/// <param name="Weights">Not negative; sum to 1.</param>
/// <param name="Value">There.</param>
/// <param name="Gap">What it is above the least value at most.</param>
/// <param name="Iterations">Newton steps.</param>
internal sealed record SimplexMinimum(double[] Weights, double Value, double Gap, int Iterations);
