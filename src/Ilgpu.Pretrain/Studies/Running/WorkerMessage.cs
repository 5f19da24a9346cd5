using System.Text.Json;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A line from a worker process: one of its fields.</summary>
internal sealed record WorkerMessage
{
    /// <summary>A run starts or goes on.</summary>
    public TrainingStart? Start { get; init; }

    /// <summary>How far it is: not every step is told.</summary>
    public TrainingProgress? Progress { get; init; }

    public WorkerEvaluation? Evaluation { get; init; }

    public string? Notice { get; init; }

    /// <summary>How it ended.</summary>
    public TrainingOutcome? Outcome { get; init; }

    /// <summary>Why it failed.</summary>
    public WorkerFailure? Failure { get; init; }

    public string ToLine() => JsonSerializer.Serialize(this, RunJson.Compact);

    /// <exception cref="JsonException">It is not such a line.</exception>
    public static WorkerMessage Parse(string line) => JsonSerializer.Deserialize<WorkerMessage>(line, RunJson.Compact) ?? throw new JsonException("it is null");
}
