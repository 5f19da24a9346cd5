namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>One thing to spend a budget on.</summary>
/// <param name="What">In words.</param>
public sealed record PlanOption(string What)
{
    public double? Parameters { get; init; }

    public double? Members { get; init; }

    public double? Epochs { get; init; }

    /// <summary>That it takes.</summary>
    public double? Hours { get; init; }

    /// <summary>The loss that the laws promise; null where they promise none.</summary>
    public double? Loss { get; init; }

    public Interval? Interval { get; init; }

    /// <summary>The law, and what to know about it; why there is no promise, where there is none.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
