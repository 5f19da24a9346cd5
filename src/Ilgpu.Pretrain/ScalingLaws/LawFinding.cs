namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A figure that follows from a fit: an asymptote, a best size for a budget, a speed-up.</summary>
/// <param name="What">Its name.</param>
/// <param name="At">What it is for: names and values, in order.</param>
/// <param name="Value">NaN or infinite where the laws have none.</param>
public sealed record LawFinding(string What, IReadOnlyDictionary<string, string> At, double Value)
{
    public Interval? Interval { get; init; }
}
