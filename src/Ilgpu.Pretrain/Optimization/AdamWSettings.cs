namespace Ilgpu.Pretrain.Optimization;

/// <summary>What AdamW takes beside <see cref="StepRates"/>; the defaults are those of the 'infinite compute' recipe.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="ClipNorm">Global gradient norm to clip to; infinity for none.</param>
public sealed record AdamWSettings(
    double Beta1 = .9,
    double Beta2 = .95,
    double Epsilon = 1e-8,
    double ClipNorm = 1);
