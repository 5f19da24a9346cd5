namespace Ilgpu.Pretrain.Kernels;

/// <summary>A device was asked for that is not here, or that this build cannot open. The message says which and why.</summary>
public sealed class DeviceUnavailableException : Exception
{
    public DeviceUnavailableException()
    {
    }

    public DeviceUnavailableException(string message)
        : base(message)
    {
    }

    public DeviceUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
