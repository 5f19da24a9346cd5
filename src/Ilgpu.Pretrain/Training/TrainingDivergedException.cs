namespace Ilgpu.Pretrain.Training;

/// <summary>A run left the finite numbers, or its loss went beyond all bounds. The message says at which step.</summary>
public sealed class TrainingDivergedException : Exception
{
    public TrainingDivergedException()
    {
    }

    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public TrainingDivergedException(string message, long step)
        : base(message) => Step = step;

    /// <summary>The step, counted from 1, at which it was noticed.</summary>
    public long Step { get; }
}
