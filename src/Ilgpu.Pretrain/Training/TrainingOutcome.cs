namespace Ilgpu.Pretrain.Training;

/// <summary>How a call of <see cref="Trainer.Run"/> ended.</summary>
public enum TrainingStatus
{
    /// <summary>It took the run's last step.</summary>
    Finished,

    /// <summary>The run had been finished before; nothing was done.</summary>
    AlreadyFinished,

    /// <summary>It was cancelled; the run goes on from a checkpoint when asked for again.</summary>
    Interrupted,

    /// <summary>It left the finite numbers, or all bounds; only told where other runs go on (<see cref="SideBySide.RunDespiteDivergence"/>), else thrown.</summary>
    Diverged,
}

/// <param name="Status">How it ended.</param>
/// <param name="Folder">The run's.</param>
/// <param name="Step">Optimizer steps taken.</param>
/// <param name="Result">What came out; null when interrupted or diverged.</param>
public sealed record TrainingOutcome(TrainingStatus Status, string Folder, long Step, RunResult? Result);
