using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Tiles of rows in SIMD: a row is summed while the extremes of its logits and of their sum are taken, then the exponentials
/// of both are summed from cache.
/// </summary>
internal sealed unsafe class EnsembleCrossEntropyCpu<TFloats> : EnsembleCrossEntropy
    where TFloats : unmanaged, IFloats<TFloats>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int> accumulate;

    public EnsembleCrossEntropyCpu(Device device) =>
        accumulate = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int>(AccumulateKernel));

    private protected override void Launch(
        in Tensor<float> memberLosses,
        in Tensor<float> logitAverageLosses,
        in Tensor<float> probabilityAverageLosses,
        in Tensor<float> logitSum,
        in Tensor<float> logProbabilitySum,
        in Tensor<float> logits,
        in Tensor<int> targets,
        int member)
    {
        int tiles = Tiling.Count(logits.Rows, Tiling.RowsPerTile(logits.Columns));
        accumulate(new KernelConfig(tiles, 1), memberLosses.View, logitAverageLosses.View, probabilityAverageLosses.View, logitSum.View, logProbabilitySum.View, logits.View, targets.View, logits.Columns, member);
    }

    private static void AccumulateKernel(
        ArrayView<float> memberLosses,
        ArrayView<float> logitAverageLosses,
        ArrayView<float> probabilityAverageLosses,
        ArrayView<float> logitSum,
        ArrayView<float> logProbabilitySum,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        int member) =>
        AccumulateTile(Grid.IdxX, memberLosses, logitAverageLosses, probabilityAverageLosses, logitSum, logProbabilitySum, logits, targets, vocabulary, member);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AccumulateTile(
        int tile,
        ArrayView<float> memberLosses,
        ArrayView<float> logitAverageLosses,
        ArrayView<float> probabilityAverageLosses,
        ArrayView<float> logitSum,
        ArrayView<float> logProbabilitySum,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        int member)
    {
        int perTile = Tiling.RowsPerTile(vocabulary);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)targets.Length);
        for (int row = first; row < last; row++)
        {
            float* x = logits.Pointer() + ((long)row * vocabulary);
            float* sum = logitSum.Pointer() + ((long)row * vocabulary);
            RowLosses losses = member == 1
                ? First(sum, x, vocabulary, targets[row])
                : Next(sum, x, vocabulary, targets[row], member, logProbabilitySum[row]);
            memberLosses[row] = losses.Member;
            logitAverageLosses[row] = losses.LogitAverage;
            probabilityAverageLosses[row] = losses.ProbabilityAverage;
            logProbabilitySum[row] = losses.LogProbabilitySum;
        }
    }

    private static RowLosses First(float* sum, float* x, int vocabulary, int target)
    {
        new Span<float>(x, vocabulary).CopyTo(new Span<float>(sum, vocabulary));
        if (target < 0)
            return default;
        float loss = LogitRow<TFloats>.Loss(x, vocabulary, target);
        return new RowLosses(loss, loss, loss, -loss);
    }

    private static RowLosses Next(float* sum, float* x, int vocabulary, int target, int member, float logProbabilitySum)
    {
        (float shift, float sumShift) = AddAndShifts(sum, x, vocabulary);
        if (target < 0)
            return default;
        float loss = LogitRow<TFloats>.Loss(x, vocabulary, target, shift);
        double exponentials = SumOfAverageExponentials(sum, vocabulary, sumShift, member);
        float logitAverageLoss = (float)(Math.Log(exponentials) + (((double)sumShift - sum[target]) / member));
        double logSum = LogAddExp(logProbabilitySum, -loss);
        double probabilityAverageLoss = Math.Max(0, Math.Log(member) - logSum);
        return new RowLosses(loss, logitAverageLoss, (float)probabilityAverageLoss, (float)logSum);
    }

    /// <summary>Adds x to the sum; returns <see cref="LogitRow{TFloats}.Shift(float*, int)"/> of both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Shift, float SumShift) AddAndShifts(float* sum, float* x, int count)
    {
        TFloats largest = TFloats.Create(x[0]);
        TFloats smallest = largest;
        TFloats largestSum = TFloats.Create(sum[0] + x[0]);
        TFloats smallestSum = largestSum;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            TFloats xs = TFloats.Load(x + i);
            TFloats sums = TFloats.Load(sum + i) + xs;
            TFloats.Store(sums, sum + i);
            largest = TFloats.Max(largest, xs);
            smallest = TFloats.Min(smallest, xs);
            largestSum = TFloats.Max(largestSum, sums);
            smallestSum = TFloats.Min(smallestSum, sums);
        }

        for (int rest = i; rest < count; rest++)
            sum[rest] += x[rest];
        return (LogitRow<TFloats>.Shift(largest, smallest, x + i, count - i), LogitRow<TFloats>.Shift(largestSum, smallestSum, sum + i, count - i));
    }

    /// <summary>The sum of exp((sum - shift) / member): divided after the shift, whose difference is exact near the largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfAverageExponentials(float* sum, int count, float shift, int member)
    {
        TFloats shifts = TFloats.Create(shift);
        float scale = (float)(Math.Log2(Math.E) / member);
        int whole = count & ~15;
        double total = 0;
        for (int start = 0; start < whole; start += LogitRow<TFloats>.SumBlock)
        {
            int end = Math.Min(start + LogitRow<TFloats>.SumBlock, whole);
            TFloats terms = TFloats.Zero;
            for (int i = start; i < end; i += 16)
                terms += VectorMath.Exp2((TFloats.Load(sum + i) - shifts) * scale);
            total += TFloats.SumInDouble(terms);
        }

        if (whole < count)
            total += TFloats.SumInDouble(VectorMath.Exp2((VectorTail.Load<TFloats>(sum + whole, count - whole, float.NegativeInfinity) - shifts) * scale));
        return total;
    }

    private static double LogAddExp(double a, double b) => Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));

    /// <summary>What is written for a row.</summary>
    private readonly record struct RowLosses(float Member, float LogitAverage, float ProbabilityAverage, float LogProbabilitySum);
}
