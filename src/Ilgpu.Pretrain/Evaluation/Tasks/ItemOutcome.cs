namespace Ilgpu.Pretrain.Evaluation;

/// <summary>What became of a row.</summary>
/// <param name="Predicted">The option that was taken, from 0.</param>
/// <param name="IsCorrect">By the task's measure.</param>
/// <param name="IsCorrectNorm">With log-likelihoods divided by the options' bytes; of answers, by the last number in place of the marked one. Null where there is no such measure.</param>
/// <param name="IsTie">Whether another option is as likely as the one that was taken.</param>
/// <param name="LogLikelihoods">Of each option, in nats; empty where an answer was written.</param>
public sealed record ItemOutcome(int Predicted, bool IsCorrect, bool? IsCorrectNorm, bool IsTie, IReadOnlyList<double> LogLikelihoods)
{
    /// <summary>What was written, where the task asks for that.</summary>
    public string? Answer { get; init; }
}
