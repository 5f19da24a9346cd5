using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>Device memory with made-up contents, freed together.</summary>
internal sealed class OpMemory(Device device) : IDisposable
{
    private const int RandomValues = 1 << 16;

    private readonly List<IDisposable> owned = [];
    private readonly float[] values = MakeValues();

    public Device Device => device;

    /// <summary>Values in [-.5, .5): rows x columns.</summary>
    public Tensor<T> Random<T>(int rows, int columns)
        where T : unmanaged
    {
        Tensor<T> tensor = Zero<T>(rows, columns);
        T[] converted = typeof(T) == typeof(float)
            ? (T[])(object)values
            : (T[])(object)Array.ConvertAll(values, BFloat16.FromSingle);
        for (long first = 0; first < tensor.Length; first += RandomValues)
        {
            int count = (int)Math.Min(RandomValues, tensor.Length - first);
            new Tensor<T>(tensor.View.SubView(first, count), 1, count).CopyFrom(converted.AsSpan(0, count));
        }

        return tensor;
    }

    /// <summary>Token ids below a vocabulary: 1 x count.</summary>
    public Tensor<int> Ids(int count, int vocabulary)
    {
        Tensor<int> ids = Zero<int>(1, count);
        var random = new Random(1);
        ids.CopyFrom([.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))]);
        return ids;
    }

    public Tensor<T> Zero<T>(int rows, int columns)
        where T : unmanaged => new(Own(device.Allocate<T>((long)rows * columns)).View, rows, columns);

    public TOwned Own<TOwned>(TOwned resource)
        where TOwned : IDisposable
    {
        owned.Add(resource);
        return resource;
    }

    public void Dispose()
    {
        owned.ForEach(resource => resource.Dispose());
        owned.Clear();
    }

    private static float[] MakeValues()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, RandomValues).Select(_ => random.NextSingle() - .5f)];
    }
}
