namespace Ilgpu.Pretrain.Training;

/// <summary>How far a run is, after a step.</summary>
public readonly record struct TrainingProgress
{
    /// <summary>Optimizer steps taken, of <see cref="Steps"/>.</summary>
    public required long Step { get; init; }

    public required long Steps { get; init; }

    /// <summary>The epoch that the step belongs to, from 1.</summary>
    public required int Epoch { get; init; }

    public required int Epochs { get; init; }

    /// <summary>The step's mean training loss in nats a token.</summary>
    public required double Loss { get; init; }

    /// <summary>A moving average of it.</summary>
    public required double SmoothedLoss { get; init; }

    /// <summary>The last evaluation's, in nats a token; NaN before the first.</summary>
    public required double ValidationLoss { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>Before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Of the last steps, evaluations and checkpoints left out.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>The same in floating-point operations, as <c>pretrain model</c> counts them.</summary>
    public required double FlopsPerSecond { get; init; }

    /// <summary>By the mean pace of this process, evaluations and checkpoints included.</summary>
    public required TimeSpan Remaining { get; init; }
}
