using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The cross-entropy of one row of logits, in SIMD: what Cpu rungs share, so that their losses are the same bits.</summary>
internal static unsafe class LogitRow
{
    /// <summary>Elements summed in fp32 lanes before the lanes go to an fp64 sum: keeps 128256 terms as exact as a few hundred.</summary>
    public const int SumBlock = 1024;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Loss(float* x, int count, int target) => Loss(x, count, target, Shift(x, count));

    /// <param name="x">The logits.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Index of the logit that should win.</param>
    /// <param name="shift">What <see cref="Shift(float*, int)"/> says of the row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Loss(float* x, int count, int target, float shift) =>
        Loss(SumOfExponentials(x, null, count, shift), shift, x[target]);

    public static float Loss(double sum, float shift, float targetLogit) =>
        (float)(Math.Log(sum) + ((double)shift - targetLogit));

    /// <summary>
    /// The largest logit. NaN where one is infinite, negative infinity included: it has overflowed, and the loss has to
    /// tell. A NaN may go unseen here and shows in the sum.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Shift(float* x, int count)
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

        if (i < count)
        {
            Vector512<float> xs = VectorTail.Load(x + i, count - i, x[0]);
            largest = Vector512.MaxNative(largest, xs);
            smallest = Vector512.MinNative(smallest, xs);
        }

        return Shift(largest, smallest);
    }

    /// <summary>The same of a row whose extremes have been taken lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Shift(Vector512<float> largest, Vector512<float> smallest)
    {
        float max = largest[0];
        float min = smallest[0];
        for (int lane = 1; lane < 16; lane++)
        {
            max = Math.Max(max, largest[lane]);
            min = Math.Min(min, smallest[lane]);
        }

        return float.IsFinite(max) && float.IsFinite(min) ? max : float.NaN;
    }

    /// <summary>The sum of exp(x - shift), whose terms are also stored unless <paramref name="exponentials"/> is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumOfExponentials(float* x, float* exponentials, int count, float shift)
    {
        double sum = 0;
        for (int start = 0; start < count; start += SumBlock)
            sum += BlockOfExponentials(x + start, exponentials == null ? null : exponentials + start, Math.Min(SumBlock, count - start), shift);
        return sum;
    }

    /// <summary>The lanes' sum in fp64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<float> lanes)
    {
        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(lanes);
        return Vector512.Sum(lower + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double BlockOfExponentials(float* x, float* exponentials, int count, float shift)
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

        return Sum(sums);
    }
}
