namespace Ilgpu.Pretrain.Optimization;

/// <summary>What Muon takes beside <see cref="StepRates"/>.</summary>
/// <param name="Momentum">Decay of the momentum, which is Nesterov's.</param>
/// <param name="RateFactor">What the learning rate of AdamW's part is multiplied with for Muon's.</param>
public sealed record MuonSettings(double Momentum = MuonSettings.DefaultMomentum, double RateFactor = 1)
{
    public const double DefaultMomentum = .95;
}
