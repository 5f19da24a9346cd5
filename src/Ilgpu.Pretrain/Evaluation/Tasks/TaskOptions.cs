using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>How a task is asked.</summary>
public sealed record TaskOptions
{
    public const int DefaultBatchTokens = 4096;

    /// <summary>What all members together are averaged by where rows are reported.</summary>
    public EnsembleAveraging Averaging { get; init; }

    public EvaluationStart Start { get; init; }

    /// <summary>Tokens that are computed at a time; the scores do not depend on it.</summary>
    public int BatchTokens { get; init; } = DefaultBatchTokens;

    /// <summary>Tokens of an answer at most.</summary>
    public int AnswerTokens { get; init; } = 256;

    /// <summary>Told the share that is done, or null.</summary>
    public Action<double>? Progress { get; init; }
}
