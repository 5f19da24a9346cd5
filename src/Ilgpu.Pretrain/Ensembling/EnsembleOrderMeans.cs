namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// Losses averaged over orders of the members, rotations of the given one: entry k - 1 of each list is the mean over as many
/// sets of k members, in nats a token. All members are one set in every order.
/// </summary>
/// <param name="Count">Orders, the given one among them.</param>
/// <param name="LogitAverage">Means of the losses of averaged logits.</param>
/// <param name="ProbabilityAverage">Means of the losses of averaged probabilities.</param>
public sealed record EnsembleOrderMeans(int Count, IReadOnlyList<double> LogitAverage, IReadOnlyList<double> ProbabilityAverage);
