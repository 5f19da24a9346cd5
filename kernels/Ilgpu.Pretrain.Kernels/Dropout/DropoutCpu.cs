using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of elements; sixteen counters at a time make the words of 32 elements.</summary>
internal sealed unsafe class DropoutCpu<TFloats> : Dropout<float>
    where TFloats : unmanaged, IFloats<TFloats>
{
    private const int ElementsPerRun = 2 * Dropout.CountersPerRun;

    /// <summary>A multiple of <see cref="ElementsPerRun"/>.</summary>
    private const int ElementsPerTile = 1 << 15;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, uint, float, DropoutKey> apply;

    public DropoutCpu(Device device) =>
        apply = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, uint, float, DropoutKey>(ApplyKernel));

    private protected override void Launch(
        in Tensor<float> output,
        in Tensor<float> input,
        Tensor<float>? addend,
        uint threshold,
        float scale,
        DropoutKey key)
    {
        int tiles = Tiling.Count(output.Length, ElementsPerTile);
        apply(new KernelConfig(tiles, 1), output.View, input.View, (addend ?? input).View, addend is null ? 0 : 1, threshold, scale, key);
    }

    private static void ApplyKernel(
        ArrayView<float> output,
        ArrayView<float> input,
        ArrayView<float> addend,
        int adds,
        uint threshold,
        float scale,
        DropoutKey key) => ApplyTile(Grid.IdxX, output, input, addend, adds, threshold, scale, key);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ApplyTile(
        int tile,
        ArrayView<float> output,
        ArrayView<float> input,
        ArrayView<float> addend,
        int adds,
        uint threshold,
        float scale,
        DropoutKey key)
    {
        long first = (long)tile * ElementsPerTile;
        int count = (int)Math.Min(ElementsPerTile, output.Length - first);
        float* y = output.Pointer() + first;
        float* x = input.Pointer() + first;
        float* past = adds != 0 ? addend.Pointer() + first : null;
        TFloats thresholds = TFloats.CreateBits(threshold);
        TFloats scales = TFloats.Create(scale);
        TFloats counters = TFloats.AddBits(TFloats.IndexBits, TFloats.CreateBits((uint)(first / 2)));
        for (int i = 0; i < count; i += ElementsPerRun)
        {
            (TFloats words0, TFloats words1) = Threefry.Words(counters, key.Site, key.Seed, key.Step);
            counters = TFloats.AddBits(counters, TFloats.CreateBits(Dropout.CountersPerRun));
            TFloats factors0 = TFloats.KeepWhereBitsAtLeast(words0, thresholds, scales);
            TFloats factors1 = TFloats.KeepWhereBitsAtLeast(words1, thresholds, scales);
            Scale(y + i, x + i, past == null ? null : past + i, factors0, count - i);
            Scale(y + i + Dropout.CountersPerRun, x + i + Dropout.CountersPerRun, past == null ? null : past + i + Dropout.CountersPerRun, factors1, count - i - Dropout.CountersPerRun);
        }
    }

    /// <summary>Sixteen elements, or the <paramref name="left"/> that are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(float* y, float* x, float* past, TFloats factors, int left)
    {
        if (left >= Dropout.CountersPerRun)
        {
            TFloats values = TFloats.Load(x) * factors;
            TFloats.Store(past == null ? values : values + TFloats.Load(past), y);
        }
        else if (left > 0)
        {
            TFloats values = VectorTail.Load<TFloats>(x, left, 0) * factors;
            VectorTail.Store(past == null ? values : values + VectorTail.Load<TFloats>(past, left, 0), y, left);
        }
    }
}
