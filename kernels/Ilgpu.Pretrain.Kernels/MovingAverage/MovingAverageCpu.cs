using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of elements; sixteen at a time, as two halves in fp64.</summary>
internal sealed unsafe class MovingAverageCpu<TFloats, TDoubles> : MovingAverage
    where TFloats : unmanaged, IFloats<TFloats>
    where TDoubles : unmanaged, IDoubles<TDoubles>
{
    private const int ElementsPerTile = 1 << 15;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, double> add;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>> swap;

    public MovingAverageCpu(Device device)
    {
        add = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, double>(AddKernel));
        swap = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>>(SwapKernel));
    }

    private protected override void LaunchAdd(ArrayView<float> average, ArrayView<float> values, double weight) =>
        add(new KernelConfig(Tiling.Count(average.Length, ElementsPerTile), 1), average, values, weight);

    private protected override void LaunchSwap(ArrayView<float> average, ArrayView<float> values, ArrayView<BFloat16> rounded)
    {
        if (rounded.Length != 0)
            throw new NotSupportedException("The CPU computes in fp32: it has no use for values rounded to bf16.");
        swap(new KernelConfig(Tiling.Count(average.Length, ElementsPerTile), 1), average, values);
    }

    private static void AddKernel(ArrayView<float> average, ArrayView<float> values, double weight) => AddTile(Grid.IdxX, average, values, weight);

    private static void SwapKernel(ArrayView<float> average, ArrayView<float> values) => SwapTile(Grid.IdxX, average, values);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddTile(int tile, ArrayView<float> average, ArrayView<float> values, double weight)
    {
        long first = (long)tile * ElementsPerTile;
        int count = (int)Math.Min(ElementsPerTile, average.Length - first);
        float* a = average.Pointer() + first;
        float* x = values.Pointer() + first;
        TDoubles weights = TDoubles.Create(weight);
        int i = 0;
        for (; i <= count - 8; i += 8)
        {
            TDoubles before = TDoubles.Load(a + i);
            TDoubles.Store(before + (weights * (TDoubles.Load(x + i) - before)), a + i);
        }

        for (; i < count; i++)
        {
            double before = a[i];
            a[i] = (float)(before + (weight * (x[i] - before)));
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SwapTile(int tile, ArrayView<float> average, ArrayView<float> values)
    {
        long first = (long)tile * ElementsPerTile;
        int count = (int)Math.Min(ElementsPerTile, average.Length - first);
        float* a = average.Pointer() + first;
        float* x = values.Pointer() + first;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            TFloats before = TFloats.Load(a + i);
            TFloats.Store(TFloats.Load(x + i), a + i);
            TFloats.Store(before, x + i);
        }

        for (; i < count; i++)
            (a[i], x[i]) = (x[i], a[i]);
    }
}
