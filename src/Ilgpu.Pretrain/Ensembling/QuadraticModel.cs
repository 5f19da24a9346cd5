namespace Ilgpu.Pretrain.Ensembling;

/// <summary>A function's value and derivatives somewhere.</summary>
internal sealed record QuadraticModel(double Value, double[] Gradient, double[,] Hessian);
