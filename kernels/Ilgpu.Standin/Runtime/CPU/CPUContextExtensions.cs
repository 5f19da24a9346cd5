namespace ILGPU.Runtime.CPU;

/// <summary>Adds CPU devices to a context and opens them.</summary>
public static class CPUContextExtensions
{
    /// <summary>Adds a CPU device.</summary>
    public static Context.Builder CPU(this Context.Builder builder, CPUDevice device)
    {
        builder.Devices.Add(device);
        return builder;
    }

    /// <summary>Opens the CPU device with the given index, in the order in which they were added.</summary>
    /// <exception cref="NotSupportedException">There is no such device.</exception>
    public static CPUAccelerator CreateCPUAccelerator(this Context context, int cpuDeviceIndex, CPUAcceleratorMode mode) =>
        new(context.GetDevice(cpuDeviceIndex));
}
