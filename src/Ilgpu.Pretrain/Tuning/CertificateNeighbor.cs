namespace Ilgpu.Pretrain.Tuning;

/// <summary>A one-step neighbour of the optimum, there or missing.</summary>
public sealed record CertificateNeighbor
{
    public required TuningDirection Direction { get; init; }

    /// <summary>-1 for the next lower value, +1 for the next higher.</summary>
    public required int Step { get; init; }

    public required NeighborState State { get; init; }

    /// <summary>Null where it is missing.</summary>
    public TuningPoint? Point { get; init; }

    /// <summary>Null where it was not run; infinite where it diverged.</summary>
    public double? Loss { get; init; }

    /// <summary>Its loss less the optimum's.</summary>
    public double? Difference { get; init; }

    /// <summary><see cref="Difference"/> in standard deviations of a single seed's loss; null where those were not measured or are 0.</summary>
    public double? Margin { get; init; }

    /// <summary>Whether the difference is below <see cref="SeedNoise.Threshold"/>; null where noise was not measured.</summary>
    public bool? IsWithinNoise { get; init; }
}
