namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What a law makes of measurements: its parameters and what follows from them.</summary>
public sealed record LawEstimate
{
    /// <summary>In the law's order.</summary>
    public required IReadOnlyDictionary<string, double> Parameters { get; init; }

    /// <summary>The law's value at each row; the measurement itself where no law was fitted to the row.</summary>
    public required double[] Fitted { get; init; }

    /// <summary>The rows that a law was fitted to; null for all.</summary>
    public IReadOnlyList<int>? FittedRows { get; init; }

    /// <summary>As <see cref="Criterion"/> counts it.</summary>
    public required double Objective { get; init; }

    public required FitCriterion Criterion { get; init; }

    /// <summary>Parameters that were fitted to the rows, those of all stages.</summary>
    public required int FittedParameters { get; init; }

    /// <summary>What else comes out; the same figures in the same order for any measurements of the same rows.</summary>
    public IReadOnlyList<LawFinding> Findings { get; init; } = [];

    /// <summary>The minima that starts ended in, the lowest first.</summary>
    public IReadOnlyList<LawMinimum> Minima { get; init; } = [];

    /// <summary>Starts in all.</summary>
    public int Starts { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];
}
