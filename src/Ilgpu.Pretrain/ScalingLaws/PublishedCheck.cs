namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A value that a law gives at a point.</summary>
/// <param name="At">By the names of its variables.</param>
/// <param name="Value">As it is known.</param>
/// <param name="Tolerance">Half a unit of its last known digit.</param>
public sealed record PublishedCheck(IReadOnlyDictionary<string, double> At, double Value, double Tolerance);
