using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A run that a study would train.</summary>
/// <param name="Name">In the study.</param>
/// <param name="Config">Where a tuning is to decide, one that takes no less.</param>
/// <param name="ValidationTokens">That its loss is measured on.</param>
/// <param name="IsUpper">Whether it is an upper bound: what it follows from is not known yet, or it may not be needed.</param>
/// <param name="IsDone">Whether its result is there.</param>
public sealed record RunEstimate(string Name, TrainingConfig Config, long ValidationTokens, bool IsUpper, bool IsDone)
{
    /// <summary>Of all training steps and the validation at the end.</summary>
    public double Flops => Config.TrainingFlops + ValidationFlops;

    /// <summary>Of one forward pass over the validation tokens.</summary>
    public double ValidationFlops => ValidationTokens * Config.Model.ForwardFlopsPerToken(Config.Length);
}
