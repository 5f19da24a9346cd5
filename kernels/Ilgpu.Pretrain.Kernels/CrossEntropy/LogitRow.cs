using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The cross-entropy of one row of logits, in SIMD: what Cpu rungs share, so that their losses are the same bits.</summary>
/// <remarks>Each method that walks a row is compiled by itself: inlined into one tile they exceed what the JIT inlines.</remarks>
internal static unsafe class LogitRow
{
    /// <summary>Elements summed in fp32 lanes before the lanes go to an fp64 sum: keeps 128256 terms as exact as a few hundred.</summary>
    public const int SumBlock = 1024;

    public static float Loss(float* x, int count, int target) => Loss(x, count, target, Shift(x, count));

    /// <param name="x">The logits.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Index of the logit that should win.</param>
    /// <param name="shift">What <see cref="Shift(float*, int)"/> says of the row.</param>
    public static float Loss(float* x, int count, int target, float shift) =>
        Loss(SumOfExponentials(x, count, shift), shift, x[target]);

    public static float Loss(double sum, float shift, float targetLogit) =>
        (float)(Math.Log(sum) + ((double)shift - targetLogit));

    /// <summary>
    /// The largest logit. NaN where one is infinite, negative infinity included: it has overflowed, and the loss has to
    /// tell. A NaN may go unseen here and shows in the sum.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

        return Shift(largest, smallest, x + i, count - i);
    }

    /// <summary>The same of a row whose extremes have been taken lane by lane, but for the rest of an incomplete vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Shift(Vector512<float> largest, Vector512<float> smallest, float* rest, int count)
    {
        float max = Largest(largest);
        float min = -Largest(-smallest);
        for (int i = 0; i < count; i++)
        {
            max = Math.Max(max, rest[i]);
            min = Math.Min(min, rest[i]);
        }

        return float.IsFinite(max) && float.IsFinite(min) ? max : float.NaN;
    }

    /// <summary>The sum of exp(x - shift).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SumOfExponentials(float* x, int count, float shift)
    {
        double sum = 0;
        for (int start = 0; start < count; start += SumBlock)
            sum += BlockOfExponentials(x + start, null, Math.Min(SumBlock, count - start), shift);
        return sum;
    }

    /// <summary>exponentials = exp(x - shift), which may lie in x's place; returns their sum, the same bits as <see cref="SumOfExponentials"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Exponentiate(float* x, float* exponentials, int count, float shift)
    {
        double sum = 0;
        for (int start = 0; start < count; start += SumBlock)
            sum += BlockOfExponentials(x + start, exponentials + start, Math.Min(SumBlock, count - start), shift);
        return sum;
    }

    /// <summary>The lanes' sum in fp64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<float> lanes)
    {
        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(lanes);
        return Vector512.Sum(lower + upper);
    }

    /// <summary>By halves: indexing with a variable would put the vector in memory for each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector512<float> lanes)
    {
        Vector256<float> eight = Vector256.MaxNative(lanes.GetLower(), lanes.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }

    /// <summary>The sum of exp(x - shift), whose terms are also stored unless <paramref name="exponentials"/> is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double BlockOfExponentials(float* x, float* exponentials, int count, float shift)
    {
        Vector512<float> shifts = Vector512.Create(shift);
        int whole = count & ~15;
        int rest = count - whole;
        Vector512<float> last = Vector512<float>.Zero;
        // The incomplete vector goes first and is added last: a call after the loop would have the sums kept in memory.
        if (rest > 0)
        {
            last = VectorMath.Exp(VectorTail.Load(x + whole, rest, float.NegativeInfinity) - shifts);
            if (exponentials != null)
                VectorTail.Store(last, exponentials + whole, rest);
        }

        Vector512<float> sums = Vector512<float>.Zero;
        for (int i = 0; i < whole; i += 16)
        {
            Vector512<float> terms = VectorMath.Exp(Vector512.Load(x + i) - shifts);
            sums += terms;
            if (exponentials != null)
                Vector512.Store(terms, exponentials + i);
        }

        return Sum(sums + last);
    }
}
