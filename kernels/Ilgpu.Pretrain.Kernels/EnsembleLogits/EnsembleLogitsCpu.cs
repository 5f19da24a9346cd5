using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of elements in SIMD, since a decode step has few rows; tiles of rows where the softmax needs all of one.</summary>
internal sealed unsafe class EnsembleLogitsCpu<TFloats> : EnsembleLogits
    where TFloats : unmanaged, IFloats<TFloats>
{
    private const int ElementsPerTile = 1 << 14;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, int, float> addLogits;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, int, int, float> addProbabilities;
    private readonly Action<KernelConfig, ArrayView<float>, int> divide;
    private readonly Action<KernelConfig, ArrayView<float>, float> logarithm;

    public EnsembleLogitsCpu(Device device, EnsembleAveraging averaging)
        : base(averaging)
    {
        addLogits = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, float>(AddLogitsKernel));
        addProbabilities = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, int, float>(AddProbabilitiesKernel));
        divide = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, int>(DivideKernel));
        logarithm = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, float>(LogarithmKernel));
    }

    private protected override void LaunchAddLogits(in Tensor<float> sum, in Tensor<float> logits, int member, float weight) =>
        addLogits(new KernelConfig(Tiling.Count(sum.Length, ElementsPerTile), 1), sum.View, logits.View, member, weight);

    private protected override void LaunchAddProbabilities(in Tensor<float> sum, in Tensor<float> logits, int member, float weight)
    {
        int tiles = Tiling.Count(sum.Rows, Tiling.RowsPerTile(sum.Columns));
        addProbabilities(new KernelConfig(tiles, 1), sum.View, logits.View, sum.Columns, member, weight);
    }

    private protected override void LaunchDivide(in Tensor<float> sum, int members) =>
        divide(new KernelConfig(Tiling.Count(sum.Length, ElementsPerTile), 1), sum.View, members);

    private protected override void LaunchLogarithm(in Tensor<float> sum, float logMembers) =>
        logarithm(new KernelConfig(Tiling.Count(sum.Length, ElementsPerTile), 1), sum.View, logMembers);

    private static void AddLogitsKernel(ArrayView<float> sum, ArrayView<float> logits, int member, float weight) =>
        AddLogitsTile(Grid.IdxX, sum, logits, member, weight);

    private static void AddProbabilitiesKernel(ArrayView<float> sum, ArrayView<float> logits, int vocabulary, int member, float weight) =>
        AddProbabilitiesTile(Grid.IdxX, sum, logits, vocabulary, member, weight);

    private static void DivideKernel(ArrayView<float> sum, int members) => DivideTile(Grid.IdxX, sum, members);

    private static void LogarithmKernel(ArrayView<float> sum, float logMembers) => LogarithmTile(Grid.IdxX, sum, logMembers);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddLogitsTile(int tile, ArrayView<float> sum, ArrayView<float> logits, int member, float weight)
    {
        (long first, int count) = Elements(tile, sum);
        float* s = sum.Pointer() + first;
        float* x = logits.Pointer() + first;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            TFloats added = TFloats.Load(x + i) * weight;
            TFloats.Store(member == 1 ? added : TFloats.Load(s + i) + added, s + i);
        }

        for (; i < count; i++)
            s[i] = member == 1 ? x[i] * weight : s[i] + (x[i] * weight);
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddProbabilitiesTile(int tile, ArrayView<float> sum, ArrayView<float> logits, int vocabulary, int member, float weight)
    {
        int perTile = Tiling.RowsPerTile(vocabulary);
        long first = (long)tile * perTile;
        long last = Math.Min(first + perTile, sum.Length / vocabulary);
        for (long row = first; row < last; row++)
        {
            float* s = sum.Pointer() + (row * vocabulary);
            float* x = logits.Pointer() + (row * vocabulary);
            float shift = LogitRow<TFloats>.Shift(x, vocabulary);
            TFloats shifts = TFloats.Create(shift);
            // Subtracted one after the other: their sum would be rounded at the size of the logits.
            TFloats logSums = TFloats.Create((float)Math.Log(LogitRow<TFloats>.SumOfExponentials(x, vocabulary, shift)));
            int i = 0;
            for (; i <= vocabulary - 16; i += 16)
            {
                TFloats probabilities = VectorMath.Exp(TFloats.Load(x + i) - shifts - logSums) * weight;
                TFloats.Store(member == 1 ? probabilities : TFloats.Load(s + i) + probabilities, s + i);
            }

            int rest = vocabulary - i;
            if (rest > 0)
            {
                TFloats probabilities = VectorMath.Exp(VectorTail.Load<TFloats>(x + i, rest, 0) - shifts - logSums) * weight;
                VectorTail.Store(member == 1 ? probabilities : VectorTail.Load<TFloats>(s + i, rest, 0) + probabilities, s + i, rest);
            }
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void DivideTile(int tile, ArrayView<float> sum, int members)
    {
        (long first, int count) = Elements(tile, sum);
        float* s = sum.Pointer() + first;
        TFloats divisors = TFloats.Create((float)members);
        int i = 0;
        for (; i <= count - 16; i += 16)
            TFloats.Store(TFloats.Load(s + i) / divisors, s + i);
        for (; i < count; i++)
            s[i] /= members;
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void LogarithmTile(int tile, ArrayView<float> sum, float logMembers)
    {
        (long first, int count) = Elements(tile, sum);
        float* s = sum.Pointer() + first;
        TFloats logs = TFloats.Create(logMembers);
        int i = 0;
        for (; i <= count - 16; i += 16)
            TFloats.Store(LogarithmOf(TFloats.Load(s + i), logs), s + i);
        if (i < count)
            VectorTail.Store(LogarithmOf(VectorTail.Load<TFloats>(s + i, count - i, 1), logs), s + i, count - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats LogarithmOf(TFloats probabilities, TFloats logMembers) =>
        TFloats.WhereEqual(
            probabilities,
            TFloats.Zero,
            TFloats.Create(float.MinValue),
            TFloats.Log(probabilities) - logMembers);

    private static (long First, int Count) Elements(int tile, ArrayView<float> view)
    {
        long first = (long)tile * ElementsPerTile;
        return (first, (int)Math.Min(ElementsPerTile, view.Length - first));
    }
}
