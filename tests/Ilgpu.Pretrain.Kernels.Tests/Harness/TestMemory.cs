namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Device memory of one test: inputs copied in, outputs poisoned so that what a kernel leaves out is seen.</summary>
internal sealed class TestMemory(Device device, bool checksFaults = true) : IDisposable
{
    private readonly List<IDisposable> buffers = [];

    public Tensor<T> Input<T>(T[] values, int rows, int columns)
        where T : unmanaged
    {
        Tensor<T> tensor = Allocate<T>(rows, columns);
        tensor.CopyFrom(values);
        return tensor;
    }

    /// <summary>A matrix full of NaN.</summary>
    public Tensor<float> Poisoned(int rows, int columns)
    {
        Tensor<float> tensor = Allocate<float>(rows, columns);
        var poison = new float[tensor.Length];
        Array.Fill(poison, float.NaN);
        tensor.CopyFrom(poison);
        return tensor;
    }

    public Tensor<T> Allocate<T>(int rows, int columns)
        where T : unmanaged
    {
        DeviceBuffer<T> buffer = device.Allocate<T>((long)rows * columns);
        buffers.Add(buffer);
        return new Tensor<T>(buffer.View, rows, columns);
    }

    public void Dispose()
    {
        foreach (IDisposable buffer in buffers)
            buffer.Dispose();
        if (checksFaults && device.Kind == DeviceKind.SimulatedWarps)
            SimulationFaults.ThrowIfAny();
    }
}
