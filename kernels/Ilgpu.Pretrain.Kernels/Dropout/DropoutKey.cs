namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Names one use of dropout: element i of it is kept or dropped by (Seed, Step, Site, i) alone, so the backward pass and
/// a resumed run draw the same mask without keeping it.
/// </summary>
/// <param name="Seed">The run's dropout seed.</param>
/// <param name="Step">The micro-batch's number in the run.</param>
/// <param name="Site">The place in the model.</param>
public readonly record struct DropoutKey(uint Seed, uint Step, uint Site);
