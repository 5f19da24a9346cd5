namespace Ilgpu.Pretrain.Training;

/// <summary>What came out of a finished run: result.json, which carries a checksum.</summary>
public sealed record RunResult
{
    public required string RunId { get; init; }

    /// <summary>Validation loss after the last step, in nats a token; of the averaged parameters where the run averages them.</summary>
    public required double ValLoss { get; init; }

    /// <summary>That of the last step's own parameters, where the run averages them.</summary>
    public double? UnaveragedValLoss { get; init; }

    public required double BitsPerByte { get; init; }

    /// <summary>The lowest validation loss of all evaluations, and the step it was found at.</summary>
    public required double BestValLoss { get; init; }

    public required long BestStep { get; init; }

    /// <summary>
    /// Mean training loss in nats a token over the last epoch: as many last steps as an epoch has, wherever the run ends;
    /// all steps of a shorter run.
    /// </summary>
    public required double TrainLoss { get; init; }

    public required long Steps { get; init; }

    /// <summary>Tokens predicted in training, those of every epoch counted.</summary>
    public required long Tokens { get; init; }

    /// <summary>Validation tokens that were predicted.</summary>
    public required long ValTokens { get; init; }

    public required long Parameters { get; init; }

    /// <summary>The mean over the steps of the parameters that were left, where the run prunes: the N of the average-parameters law.</summary>
    public double? AverageParameters { get; init; }

    /// <summary>Parameters that are left in the end, where the run prunes.</summary>
    public long? FinalParameters { get; init; }

    /// <summary>Floating-point operations of all training steps, by the count of <c>pretrain model</c>: pruned weights are computed with.</summary>
    public required double TrainingFlops { get; init; }

    /// <summary>Wall time, evaluations and checkpoints included, over all processes.</summary>
    public required double Seconds { get; init; }
}
