namespace Ilgpu.Pretrain.Tuning;

/// <summary>What a tuning lowers: points in, losses out.</summary>
public interface ITuningObjective
{
    /// <summary>Answers trials that do not depend on each other, so that they can run side by side.</summary>
    /// <param name="trials">One at least; a tuner never asks for one twice.</param>
    /// <returns>One outcome a trial, in their order. It may depend on nothing but the trial.</returns>
    /// <exception cref="OperationCanceledException">It was asked to stop before all were there.</exception>
    IReadOnlyList<TrialOutcome> Run(IReadOnlyList<TuningTrial> trials);
}
