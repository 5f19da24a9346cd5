namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Parameters that a source printed for a law.</summary>
/// <param name="Name">For <c>--published</c>.</param>
/// <param name="Parameters">By their names.</param>
/// <param name="Source">Where they stand.</param>
/// <param name="Checks">Values that they give, known from elsewhere.</param>
public sealed record PublishedLaw(string Name, IReadOnlyDictionary<string, double> Parameters, string Source, params IReadOnlyList<PublishedCheck> Checks);
