using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Training;

/// <summary>How a run is carried out: what may differ between two processes that work on the same run.</summary>
public sealed record TrainingOptions
{
    /// <summary>Validation every so many optimizer steps; 0 for only at the end.</summary>
    public int EvaluateEvery { get; init; }

    /// <summary>A checkpoint every so many optimizer steps; 0 for none by steps. One is always written at the end and on a stop.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>A checkpoint after so many minutes without one; 0 for none by time.</summary>
    public double CheckpointMinutes { get; init; } = 10;

    /// <summary>A line of metrics every so many optimizer steps.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Less memory for a third more work: the same bits.</summary>
    public bool Recompute { get; init; }

    /// <summary>The rung of every op, for tests; null for the best.</summary>
    public Rung? Rung { get; init; }

    /// <exception cref="InputException">A value is out of its range.</exception>
    public void Validate()
    {
        InputException.ThrowUnless(EvaluateEvery >= 0, "--eval-every", EvaluateEvery, "a number of steps from 0 (0: only at the end)");
        InputException.ThrowUnless(CheckpointEvery >= 0, "--checkpoint-every", CheckpointEvery, "a number of steps from 0 (0: none by steps)");
        InputException.ThrowUnless(CheckpointMinutes is >= 0 and <= 1e6, "--checkpoint-minutes", CheckpointMinutes, "a number of minutes from 0 to 1000000 (0: none by time)");
        InputException.ThrowUnless(LogEvery >= 1, "--log-every", LogEvery, "a number of steps from 1");
    }
}
