using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The cross-entropy of one row of logits, in SIMD: what Cpu rungs share, so that their losses are the same bits.</summary>
/// <remarks>Each method that walks a row is compiled by itself: inlined into one tile they exceed what the JIT inlines.</remarks>
internal static unsafe class LogitRow<TFloats>
    where TFloats : unmanaged, IFloats<TFloats>
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
        TFloats largest = TFloats.Create(x[0]);
        TFloats smallest = largest;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            TFloats xs = TFloats.Load(x + i);
            largest = TFloats.Max(largest, xs);
            smallest = TFloats.Min(smallest, xs);
        }

        return Shift(largest, smallest, x + i, count - i);
    }

    /// <summary>The same of a row whose extremes have been taken lane by lane, but for the rest of an incomplete vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Shift(TFloats largest, TFloats smallest, float* rest, int count)
    {
        float max = TFloats.Largest(largest);
        float min = -TFloats.Largest(TFloats.Zero - smallest);
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

    /// <summary>The sum of exp(x - shift), whose terms are also stored unless <paramref name="exponentials"/> is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double BlockOfExponentials(float* x, float* exponentials, int count, float shift)
    {
        TFloats shifts = TFloats.Create(shift);
        int whole = count & ~15;
        int rest = count - whole;
        TFloats last = TFloats.Zero;
        // The incomplete vector goes first and is added last: a call after the loop would have the sums kept in memory.
        if (rest > 0)
        {
            last = VectorMath.Exp(VectorTail.Load<TFloats>(x + whole, rest, float.NegativeInfinity) - shifts);
            if (exponentials != null)
                VectorTail.Store(last, exponentials + whole, rest);
        }

        TFloats sums = TFloats.Zero;
        for (int i = 0; i < whole; i += 16)
        {
            TFloats terms = VectorMath.Exp(TFloats.Load(x + i) - shifts);
            sums += terms;
            if (exponentials != null)
                TFloats.Store(terms, exponentials + i);
        }

        return TFloats.SumInDouble(sums + last);
    }
}
