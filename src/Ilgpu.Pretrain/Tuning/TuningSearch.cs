namespace Ilgpu.Pretrain.Tuning;

/// <summary>What a descent found.</summary>
public sealed record TuningSearch
{
    /// <summary>Everything that was asked for, in order: the descent's points, then the repeats at the optimum.</summary>
    public required IReadOnlyList<TriedPoint> Tried { get; init; }

    /// <summary>From the start to the optimum.</summary>
    public required IReadOnlyList<TuningPoint> Path { get; init; }

    public required TuningPoint Optimum { get; init; }

    /// <summary>The optimum's, with the tuning's own seeds.</summary>
    public required double Loss { get; init; }

    public required Certificate Certificate { get; init; }
}
