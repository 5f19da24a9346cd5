using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread four counters, and so eight elements: both words of a counter are used, where Naive throws one away, and four
/// elements are one access.
/// </summary>
/// <remarks>
/// With s bytes an element of the output, 4 + s bytes moved an element, 8 + s with an addend. Floor: that over the memory's
/// bandwidth; for fp32 with addend and 8192 x 1024 at 3.35 TB/s 30 us. The generator takes 40 integer instructions an
/// element, which bounds the op in place of the memory where fewer than about 10 bytes are moved: the mask's definition, fixed
/// for all devices, has its price.
/// </remarks>
internal sealed class DropoutGpu<T, TStorage> : Dropout<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private const int CountersPerThread = 4;

    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<float>, ArrayView<float>, int, uint, float, DropoutKey, int> apply;

    public DropoutGpu(Device device) =>
        apply = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<float>, ArrayView<float>, int, uint, float, DropoutKey, int>(ApplyKernel));

    private protected override void Launch(
        in Tensor<T> output,
        in Tensor<float> input,
        Tensor<float>? addend,
        uint threshold,
        float scale,
        DropoutKey key)
    {
        if (output.Length == 0)
            return;
        ArrayView<float> past = (addend ?? input).View;
        bool wide = Quads.StartFits(output.View) && Quads.StartFits(input.View) && Quads.StartFits(past);
        int items = Tiling.Count(output.Length, 2 * Dropout.CountersPerRun) * (Dropout.CountersPerRun / CountersPerThread);
        apply(Quads.Launch(items), output.View, input.View, past, addend is null ? 0 : 1, threshold, scale, key, wide ? 1 : 0);
    }

    private static void ApplyKernel(
        ArrayView<T> output,
        ArrayView<float> input,
        ArrayView<float> addend,
        int adds,
        uint threshold,
        float scale,
        DropoutKey key,
        int wide)
    {
        uint counter = (uint)((Grid.IdxX * Group.DimX) + Group.IdxX) * CountersPerThread;
        long first = ((long)(counter / Dropout.CountersPerRun) * (2 * Dropout.CountersPerRun)) + (counter & (Dropout.CountersPerRun - 1));
        if (first >= output.Length)
            return;
        ThreefryWords x = Threefry.Words(counter, key.Site, key.Seed, key.Step);
        ThreefryWords y = Threefry.Words(counter + 1, key.Site, key.Seed, key.Step);
        ThreefryWords z = Threefry.Words(counter + 2, key.Site, key.Seed, key.Step);
        ThreefryWords w = Threefry.Words(counter + 3, key.Site, key.Seed, key.Step);
        var firsts = new Float4
        {
            X = x.First >= threshold ? scale : 0,
            Y = y.First >= threshold ? scale : 0,
            Z = z.First >= threshold ? scale : 0,
            W = w.First >= threshold ? scale : 0,
        };
        var seconds = new Float4
        {
            X = x.Second >= threshold ? scale : 0,
            Y = y.Second >= threshold ? scale : 0,
            Z = z.Second >= threshold ? scale : 0,
            W = w.Second >= threshold ? scale : 0,
        };
        Scale(output, input, addend, adds, firsts, first, wide);
        Scale(output, input, addend, adds, seconds, first + Dropout.CountersPerRun, wide);
    }

    /// <summary>Four elements in a row, or as many as are left.</summary>
    private static void Scale(ArrayView<T> output, ArrayView<float> input, ArrayView<float> addend, int adds, Float4 factors, long first, int wide)
    {
        if (wide != 0 && first + 4 <= output.Length)
        {
            Float4 values = Fp32Storage.Load4(input, first >> 2);
            values = new Float4 { X = values.X * factors.X, Y = values.Y * factors.Y, Z = values.Z * factors.Z, W = values.W * factors.W };
            if (adds != 0)
            {
                Float4 past = Fp32Storage.Load4(addend, first >> 2);
                values = new Float4 { X = values.X + past.X, Y = values.Y + past.Y, Z = values.Z + past.Z, W = values.W + past.W };
            }

            TStorage.Store4(output, first >> 2, values);
            return;
        }

        ScaleElement(output, input, addend, adds, factors.X, first);
        ScaleElement(output, input, addend, adds, factors.Y, first + 1);
        ScaleElement(output, input, addend, adds, factors.Z, first + 2);
        ScaleElement(output, input, addend, adds, factors.W, first + 3);
    }

    private static void ScaleElement(ArrayView<T> output, ArrayView<float> input, ArrayView<float> addend, int adds, float factor, long i)
    {
        if (i >= output.Length)
            return;
        float value = input[i] * factor;
        output[i] = TStorage.FromSingle(adds != 0 ? value + addend[i] : value);
    }
}
