namespace Ilgpu.Pretrain.Kernels;

/// <summary>A device failed in the middle of its work; the message says what is left of it.</summary>
public sealed class DeviceFailedException : Exception
{
    public DeviceFailedException()
    {
    }

    public DeviceFailedException(string message)
        : base(message)
    {
    }

    public DeviceFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
