namespace Ilgpu.Pretrain.Kernels;

/// <summary>Names the random numbers of one draw a row: row r's depends on (Seed, FirstSequence + r * Stride, Position) alone.</summary>
/// <param name="Seed">Of all draws.</param>
/// <param name="FirstSequence">The number of the first row's sequence.</param>
/// <param name="Stride">From one row's sequence to the next one's.</param>
/// <param name="Position">The draw's number within its sequence.</param>
public readonly record struct SamplingKey(ulong Seed, uint FirstSequence, uint Stride, uint Position);
