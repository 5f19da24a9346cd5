using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// Where a run stands, beside its tensors. Data order and dropout masks follow from the step and the seeds, so the step
/// is all there is to know of them.
/// </summary>
public sealed record TrainingState
{
    /// <summary>The run's id: a checkpoint of another run is not taken.</summary>
    public required string RunId { get; init; }

    /// <summary>Optimizer steps taken.</summary>
    public required long Step { get; init; }

    /// <summary>Steps that the optimizer has taken, where it took over those of the run that this one started from; else null.</summary>
    public long? OptimizerSteps { get; init; }

    /// <summary>Steps in the parameters' moving average, where it took over that of the run that this one started from; else null.</summary>
    public long? AveragedSteps { get; init; }

    /// <summary>Seconds of work that led here, over all processes.</summary>
    public required double Seconds { get; init; }

    /// <summary>Losses of the steps since the last line of metrics.</summary>
    public required LossSum SinceLastLine { get; init; }

    /// <summary>Their plain cross-entropies, where the losses are a mix with soft labels; else null.</summary>
    public LossSum? CrossEntropySinceLastLine { get; init; }

    /// <summary>
    /// Losses of the steps of the current epoch, epochs being counted back from the run's end: the last one is whole where
    /// a run ends within an epoch of its data, too.
    /// </summary>
    public required LossSum OfEpoch { get; init; }

    /// <summary>How many steps in a row the loss has been beyond the bound of divergence.</summary>
    public required int StepsBeyondBound { get; init; }
}

/// <summary>A mean in the making.</summary>
/// <param name="Sum">Of the steps' losses, in nats a token.</param>
/// <param name="Steps">How many.</param>
public readonly record struct LossSum(double Sum, long Steps)
{
    [JsonIgnore]
    public double Mean => Sum / Steps;

    public LossSum Add(double loss) => new(Sum + loss, Steps + 1);
}
