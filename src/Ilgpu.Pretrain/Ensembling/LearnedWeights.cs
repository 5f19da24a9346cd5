namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Weights of an ensemble's members and what they bring, in nats a token.</summary>
/// <param name="Weights">One a member; not negative, with the sum 1.</param>
/// <param name="EqualLoss">Of equal weights on the tokens that are reported on.</param>
/// <param name="Loss">Of these weights on the same tokens.</param>
/// <param name="FittedEqualLoss">Of equal weights on the tokens that these were fitted to.</param>
/// <param name="FittedLoss">Of these weights on the tokens that they were fitted to.</param>
/// <param name="Gap">What no other weights could take off <paramref name="FittedLoss"/> more than.</param>
public sealed record LearnedWeights(IReadOnlyList<double> Weights, double EqualLoss, double Loss, double FittedEqualLoss, double FittedLoss, double Gap);
