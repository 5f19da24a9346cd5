namespace Ilgpu.Pretrain.Kernels;

/// <summary>What <see cref="Sampling"/> draws from.</summary>
/// <param name="Temperature">Logits are divided by it; 0 takes the largest (of equal ones the smallest id).</param>
/// <param name="TopK">Only the so many most probable tokens are drawn from; 0 for all.</param>
/// <param name="TopP">Only the fewest most probable tokens that together reach this probability are drawn from; 1 for all.</param>
public readonly record struct SamplingRule(double Temperature, int TopK, double TopP);
