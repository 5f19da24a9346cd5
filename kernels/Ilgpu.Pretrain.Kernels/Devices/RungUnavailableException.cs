namespace Ilgpu.Pretrain.Kernels;

/// <summary>An op was asked for by a rung that it does not have or that the device cannot run.</summary>
public sealed class RungUnavailableException : Exception
{
    public RungUnavailableException()
    {
    }

    public RungUnavailableException(string message)
        : base(message)
    {
    }

    public RungUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal RungUnavailableException(string op, Rung rung, Device device)
        : base($"{op} has no rung {rung} on {device.Description.Specification}.")
    {
    }
}
