namespace Ilgpu.Pretrain.Tuning;

/// <summary>A trial and what came of it.</summary>
public sealed record TriedPoint
{
    public required TuningPoint Point { get; init; }

    /// <summary>As <see cref="TuningTrial.Repeat"/>.</summary>
    public required int Repeat { get; init; }

    /// <summary>Validation loss in nats a token; infinite where a run diverged.</summary>
    public required double Loss { get; init; }

    /// <summary>Ids of the runs that the loss is of.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>How a run diverged, or null.</summary>
    public string? Divergence { get; init; }
}
