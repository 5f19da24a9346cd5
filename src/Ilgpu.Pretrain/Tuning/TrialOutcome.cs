namespace Ilgpu.Pretrain.Tuning;

/// <summary>What an objective answers.</summary>
public sealed record TrialOutcome
{
    /// <summary>Validation loss in nats a token: infinite for a run that diverged, never NaN.</summary>
    public required double Loss { get; init; }

    /// <summary>Ids of the runs that the loss is of.</summary>
    public IReadOnlyList<string> Runs { get; init; } = [];

    /// <summary>How a run diverged, or null.</summary>
    public string? Divergence { get; init; }
}
