namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Whose probabilities a score is made of.</summary>
public enum ScoredBy
{
    /// <summary>One model's.</summary>
    Member,

    /// <summary>Those of the mean of the first members' logits.</summary>
    LogitAverage,

    /// <summary>The mean of the first members' probabilities.</summary>
    ProbabilityAverage,
}
