using ILGPU.Runtime.CPU;

namespace ILGPU;

/// <summary>What accelerators are created from: here the CPU devices that its builder was given.</summary>
public sealed partial class Context : IDisposable
{
    private readonly CPUDevice[] devices;

    private Context(Builder builder) => devices = [.. builder.Devices];

    public static Context Create(Action<Builder> buildingCallback)
    {
        var builder = new Builder();
        buildingCallback(builder);
        return new Context(builder);
    }

    internal CPUDevice GetDevice(int index)
    {
        if ((uint)index >= (uint)devices.Length)
            throw new NotSupportedException($"There is no CPU device {index}: the context was built with {devices.Length}.");
        return devices[index];
    }

    public void Dispose()
    {
    }
}
