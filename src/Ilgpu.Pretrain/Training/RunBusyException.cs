namespace Ilgpu.Pretrain.Training;

/// <summary>Another process is writing to the run. The message says which.</summary>
public sealed class RunBusyException : IOException
{
    public RunBusyException()
    {
    }

    public RunBusyException(string message)
        : base(message)
    {
    }

    public RunBusyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
