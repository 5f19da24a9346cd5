using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>An exception of a worker process that means something to the study's.</summary>
/// <param name="Kind">Its type's name.</param>
/// <param name="Message">Its own.</param>
/// <param name="Step">At which a run diverged; 0 for other kinds.</param>
internal sealed record WorkerFailure(string Kind, string Message, long Step)
{
    public static WorkerFailure Of(Exception e) => new(e.GetType().Name, e.Message, e is TrainingDivergedException diverged ? diverged.Step : 0);

    public Exception ToException() => Kind switch
    {
        nameof(TrainingDivergedException) => new TrainingDivergedException(Message, Step),
        nameof(RunBusyException) => new RunBusyException(Message),
        nameof(DeviceFailedException) => new DeviceFailedException(Message),
        nameof(InputException) => new InputException(Message),
        nameof(OutOfMemoryException) => new InputException(Message),
        _ => new IOException(Message),
    };
}
