using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Device memory of one measurement, filled with random values: zeros would draw less power and run faster.</summary>
internal sealed class GpuMemory(Device device) : IDisposable
{
    /// <summary>Values that are drawn; longer tensors repeat them.</summary>
    private const int Drawn = 1 << 18;

    private readonly List<IDisposable> buffers = [];

    public Device Device => device;

    public Tensor<T> Zero<T>(int rows, int columns)
        where T : unmanaged
    {
        DeviceBuffer<T> buffer = device.Allocate<T>((long)rows * columns);
        buffers.Add(buffer);
        return new Tensor<T>(buffer.View, rows, columns);
    }

    /// <summary>Uniform values in [-.5, .5).</summary>
    public Tensor<T> Random<T, TStorage>(int rows, int columns)
        where T : unmanaged
        where TStorage : struct, IStorage<T>
    {
        var random = new Random(1);
        return Filled(rows, columns, () => TStorage.FromSingle(random.NextSingle() - .5f));
    }

    /// <summary>Uniform integers in [0, limit).</summary>
    public Tensor<int> Ids(int count, int limit)
    {
        var random = new Random(2);
        return Filled(1, count, () => random.Next(limit));
    }

    /// <summary>Keeps something until the measurement is over.</summary>
    public T Keep<T>(T resource)
        where T : IDisposable
    {
        buffers.Add(resource);
        return resource;
    }

    public void Dispose()
    {
        foreach (IDisposable buffer in buffers)
            buffer.Dispose();
    }

    private Tensor<T> Filled<T>(int rows, int columns, Func<T> draw)
        where T : unmanaged
    {
        Tensor<T> tensor = Zero<T>(rows, columns);
        T[] values = [.. Enumerable.Range(0, (int)Math.Min(Drawn, tensor.Length)).Select(_ => draw())];
        for (long first = 0; first < tensor.Length; first += values.Length)
        {
            int count = (int)Math.Min(values.Length, tensor.Length - first);
            new Tensor<T>(tensor.View.SubView(first, count), 1, count).CopyFrom(values.AsSpan(0, count));
        }

        return tensor;
    }
}
