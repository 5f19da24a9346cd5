namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>How a law is fitted.</summary>
public sealed record FitOptions
{
    public const double UsualConfidence = .95;

    /// <summary>Instead of what the law's source minimised; null for that.</summary>
    public FitCriterion? Criterion { get; init; }

    /// <summary>Huber's delta instead of the source's; null for that.</summary>
    public double? Delta { get; init; }

    /// <summary>Parameters that are not fitted, by name. Where all are held, the law is only held against the rows.</summary>
    public IReadOnlyDictionary<string, double> Held { get; init; } = new Dictionary<string, double>();

    /// <summary>Parameters to fit that the law's source holds.</summary>
    public IReadOnlySet<string> Freed { get; init; } = new HashSet<string>();

    /// <summary>Bootstrap fits; null for the law's usual number.</summary>
    public int? Bootstraps { get; init; }

    /// <summary>What the bootstrap draws; null for what suits the number of points.</summary>
    public Resampling? Resampling { get; init; }

    /// <summary>Share of fits that an interval covers.</summary>
    public double Confidence { get; init; } = UsualConfidence;

    /// <summary>Of the bootstraps. The same seed gives the same intervals on any number of threads.</summary>
    public ulong Seed { get; init; }

    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The rows that are not fitted but predicted: so many with the largest scale.</summary>
    public int HoldOut { get; init; }

    /// <summary>Points to predict.</summary>
    public IReadOnlyList<LawPoint> Predict { get; init; } = [];

    /// <summary>The group that others are compared with, for the laws that compare; null for the law's usual one.</summary>
    public string? Reference { get; init; }
}
