using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>Where a corpus is sampled: one device, or several side by side, each with decoders and sequences of its own.</summary>
public sealed class SamplingDevices
{
    private readonly Action<Action<Device>> onEach;

    /// <param name="most">Devices that may work at a time.</param>
    /// <param name="onEach">Does something on one device at least, at the same time on others that are free, and waits for all that do it.</param>
    public SamplingDevices(int most, Action<Action<Device>> onEach)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        Most = most;
        this.onEach = onEach;
    }

    /// <summary>Devices that may work at a time.</summary>
    public int Most { get; }

    /// <summary>One device, on the thread that asks.</summary>
    public static SamplingDevices Of(Device device) => new(1, work => work(device));

    /// <summary>Devices that are opened for it, a thread each to launch from.</summary>
    /// <param name="count">How many.</param>
    /// <param name="open">Opens one.</param>
    public static SamplingDevices SideBySide(int count, Func<Device> open) => new(count, work =>
    {
        var devices = new List<Device>();
        try
        {
            for (int i = 0; i < count; i++)
                devices.Add(open());
            Thread[] threads = [.. devices.Select(device => new Thread(() => work(device)) { Name = "sampling" })];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
        }
        finally
        {
            devices.ForEach(device => device.Dispose());
        }
    });

    /// <param name="work">Throws nothing.</param>
    internal void Run(Action<Device> work) => onEach(work);
}
