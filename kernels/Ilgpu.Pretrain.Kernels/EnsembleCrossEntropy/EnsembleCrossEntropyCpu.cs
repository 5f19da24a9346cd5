using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Tiles of rows in SIMD: a row is summed while the extremes of its logits and of their sum are taken, then the exponentials
/// of both are summed from cache.
/// </summary>
internal sealed unsafe class EnsembleCrossEntropyCpu : EnsembleCrossEntropy
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
        float loss = LogitRow.Loss(x, vocabulary, target);
        return new RowLosses(loss, loss, loss, -loss);
    }

    private static RowLosses Next(float* sum, float* x, int vocabulary, int target, int member, float logProbabilitySum)
    {
        (float shift, float sumShift) = AddAndShifts(sum, x, vocabulary);
        if (target < 0)
            return default;
        float loss = LogitRow.Loss(x, vocabulary, target, shift);
        double exponentials = SumOfAverageExponentials(sum, vocabulary, sumShift, member);
        float logitAverageLoss = (float)(Math.Log(exponentials) + (((double)sumShift - sum[target]) / member));
        double logSum = LogAddExp(logProbabilitySum, -loss);
        double probabilityAverageLoss = Math.Max(0, Math.Log(member) - logSum);
        return new RowLosses(loss, logitAverageLoss, (float)probabilityAverageLoss, (float)logSum);
    }

    /// <summary>Adds x to the sum; returns <see cref="LogitRow.Shift(float*, int)"/> of both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Shift, float SumShift) AddAndShifts(float* sum, float* x, int count)
    {
        Vector512<float> largest = Vector512.Create(x[0]);
        Vector512<float> smallest = largest;
        Vector512<float> largestSum = Vector512.Create(sum[0] + x[0]);
        Vector512<float> smallestSum = largestSum;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            Vector512<float> xs = Vector512.Load(x + i);
            Vector512<float> sums = Vector512.Load(sum + i) + xs;
            Vector512.Store(sums, sum + i);
            largest = Vector512.MaxNative(largest, xs);
            smallest = Vector512.MinNative(smallest, xs);
            largestSum = Vector512.MaxNative(largestSum, sums);
            smallestSum = Vector512.MinNative(smallestSum, sums);
        }

        for (int rest = i; rest < count; rest++)
            sum[rest] += x[rest];
        return (LogitRow.Shift(largest, smallest, x + i, count - i), LogitRow.Shift(largestSum, smallestSum, sum + i, count - i));
    }

    /// <summary>The sum of exp((sum - shift) / member): divided after the shift, whose difference is exact near the largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfAverageExponentials(float* sum, int count, float shift, int member)
    {
        Vector512<float> shifts = Vector512.Create(shift);
        float scale = (float)(Math.Log2(Math.E) / member);
        int whole = count & ~15;
        double total = 0;
        for (int start = 0; start < whole; start += LogitRow.SumBlock)
        {
            int end = Math.Min(start + LogitRow.SumBlock, whole);
            Vector512<float> terms = Vector512<float>.Zero;
            for (int i = start; i < end; i += 16)
                terms += VectorMath.Exp2((Vector512.Load(sum + i) - shifts) * scale);
            total += LogitRow.Sum(terms);
        }

        if (whole < count)
            total += LogitRow.Sum(VectorMath.Exp2((VectorTail.Load(sum + whole, count - whole, float.NegativeInfinity) - shifts) * scale));
        return total;
    }

    private static double LogAddExp(double a, double b) => Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));

    /// <summary>What is written for a row.</summary>
    private readonly record struct RowLosses(float Member, float LogitAverage, float ProbabilityAverage, float LogProbabilitySum);
}
