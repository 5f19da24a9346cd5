namespace Ilgpu.Pretrain.Training;

/// <summary>One line of metrics.jsonl: a step's or an evaluation's. What does not apply is left out.</summary>
public sealed record MetricsLine
{
    public required MetricsKind Kind { get; init; }

    /// <summary>Optimizer steps taken.</summary>
    public required long Step { get; init; }

    /// <summary>Epochs done, as a fraction.</summary>
    public required double Epoch { get; init; }

    /// <summary>Tokens predicted in training so far, those of every epoch counted.</summary>
    public required long Tokens { get; init; }

    /// <summary>Mean training loss of the steps since the last such line, in nats a token.</summary>
    public double? Loss { get; init; }

    /// <summary>The plain cross-entropy of the same steps, where the loss is a mix with soft labels.</summary>
    public double? CrossEntropy { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>The last step's, before clipping.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>A timing: not the same when the run is repeated.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Validation loss in nats a token, of the averaged parameters where the run averages them.</summary>
    public double? ValLoss { get; init; }

    public double? BitsPerByte { get; init; }

    /// <summary>A timing: not the same when the run is repeated.</summary>
    public double? Seconds { get; init; }

    /// <summary>The validation loss of the parameters themselves, where the run averages them.</summary>
    public double? UnaveragedValLoss { get; init; }
}

public enum MetricsKind
{
    Step,
    Evaluation,
}
