using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Tiles of rows in SIMD, a row in cache: its extremes, then its exponentials and their sum, then the gradient. The
/// exponentials stand in the logits' place meanwhile, so each is computed once.
/// </summary>
internal sealed unsafe class CrossEntropyCpu : CrossEntropy
{
    /// <summary>Elements summed in fp32 lanes before the lanes go to an fp64 sum: keeps 128256 terms as exact as a few hundred.</summary>
    private const int SumBlock = 1024;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<int>, int> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float> forwardBackward;

    public CrossEntropyCpu(Device device)
    {
        forward = device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<int>, int>(ForwardKernel);
        forwardBackward = device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float>(ForwardBackwardKernel);
    }

    private protected override void LaunchForward(in Tensor<float> losses, in Tensor<float> logits, in Tensor<int> targets)
    {
        int tiles = Tiling.Count(logits.Rows, Tiling.RowsPerTile(logits.Columns));
        forward(new KernelConfig(tiles, 1), losses.View, logits.View, targets.View, logits.Columns);
    }

    private protected override void LaunchForwardBackward(
        in Tensor<float> losses,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale)
    {
        int tiles = Tiling.Count(logits.Rows, Tiling.RowsPerTile(logits.Columns));
        forwardBackward(new KernelConfig(tiles, 1), losses.View, logits.View, targets.View, logits.Columns, gradientScale);
    }

    private static void ForwardKernel(ArrayView<float> losses, ArrayView<float> logits, ArrayView<int> targets, int vocabulary) =>
        ForwardTile(Grid.IdxX, losses, logits, targets, vocabulary);

    private static void ForwardBackwardKernel(
        ArrayView<float> losses,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        float gradientScale) => ForwardBackwardTile(Grid.IdxX, losses, logits, targets, vocabulary, gradientScale);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardTile(int tile, ArrayView<float> losses, ArrayView<float> logits, ArrayView<int> targets, int vocabulary)
    {
        int perTile = Tiling.RowsPerTile(vocabulary);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)losses.Length);
        for (int row = first; row < last; row++)
        {
            float* x = logits.Pointer() + ((long)row * vocabulary);
            int target = targets[row];
            if (target < 0)
            {
                losses[row] = 0;
                continue;
            }

            float shift = Shift(x, vocabulary);
            double sum = 0;
            for (int start = 0; start < vocabulary; start += SumBlock)
                sum += SumOfExponentials(x + start, null, Math.Min(SumBlock, vocabulary - start), shift);
            losses[row] = Loss(sum, shift, x[target]);
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardBackwardTile(
        int tile,
        ArrayView<float> losses,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        float gradientScale)
    {
        int perTile = Tiling.RowsPerTile(vocabulary);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)losses.Length);
        for (int row = first; row < last; row++)
        {
            float* x = logits.Pointer() + ((long)row * vocabulary);
            int target = targets[row];
            if (target < 0)
            {
                losses[row] = 0;
                new Span<float>(x, vocabulary).Clear();
                continue;
            }

            float targetLogit = x[target];
            float shift = Shift(x, vocabulary);
            double sum = 0;
            for (int start = 0; start < vocabulary; start += SumBlock)
                sum += SumOfExponentials(x + start, x + start, Math.Min(SumBlock, vocabulary - start), shift);
            losses[row] = Loss(sum, shift, targetLogit);
            float targetGradient = (float)(((x[target] / sum) - 1) * gradientScale);
            Scale(x, vocabulary, (float)(gradientScale / sum));
            x[target] = targetGradient;
        }
    }

    private static float Loss(double sum, float shift, float targetLogit) =>
        (float)(Math.Log(sum) + ((double)shift - targetLogit));

    /// <summary>
    /// The largest logit. NaN where one is infinite, negative infinity included: it has overflowed, and the loss has to
    /// tell. A NaN may go unseen here and shows in the sum.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Shift(float* x, int count)
    {
        Vector512<float> largest = Vector512.Create(x[0]);
        Vector512<float> smallest = largest;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            Vector512<float> xs = Vector512.Load(x + i);
            largest = Vector512.MaxNative(largest, xs);
            smallest = Vector512.MinNative(smallest, xs);
        }

        float max = x[0];
        float min = x[0];
        for (int lane = 0; lane < 16; lane++)
        {
            max = Math.Max(max, largest[lane]);
            min = Math.Min(min, smallest[lane]);
        }

        for (; i < count; i++)
        {
            max = Math.Max(max, x[i]);
            min = Math.Min(min, x[i]);
        }

        return float.IsFinite(max) && float.IsFinite(min) ? max : float.NaN;
    }

    /// <summary>The sum of exp(x - shift), whose terms are also stored unless <paramref name="exponentials"/> is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOfExponentials(float* x, float* exponentials, int count, float shift)
    {
        Vector512<float> shifts = Vector512.Create(shift);
        Vector512<float> sums = Vector512<float>.Zero;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            Vector512<float> terms = VectorMath.Exp(Vector512.Load(x + i) - shifts);
            sums += terms;
            if (exponentials != null)
                Vector512.Store(terms, exponentials + i);
        }

        int rest = count - i;
        if (rest > 0)
        {
            Vector512<float> terms = VectorMath.Exp(VectorTail.Load(x + i, rest, float.NegativeInfinity) - shifts);
            sums += terms;
            if (exponentials != null)
                VectorTail.Store(terms, exponentials + i, rest);
        }

        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(sums);
        return Vector512.Sum(lower + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(float* x, int count, float factor)
    {
        int i = 0;
        for (; i <= count - 16; i += 16)
            Vector512.Store(Vector512.Load(x + i) * factor, x + i);
        for (; i < count; i++)
            x[i] *= factor;
    }
}
