using System.Text.Json.Serialization;

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
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Loss { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LearningRate { get; init; }

    /// <summary>The last step's, before clipping.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GradientNorm { get; init; }

    /// <summary>A timing: not the same when the run is repeated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TokensPerSecond { get; init; }

    /// <summary>Validation loss in nats a token.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ValLoss { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BitsPerByte { get; init; }

    /// <summary>A timing: not the same when the run is repeated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Seconds { get; init; }
}

public enum MetricsKind
{
    Step,
    Evaluation,
}
