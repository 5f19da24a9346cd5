using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Tiles of rows in SIMD, both rows in cache: their extremes, then the sums of their exponentials and the teacher's mean
/// difference, then the gradient. Powers of two where nothing asks for <see cref="CrossEntropyCpu{TFloats}"/>'s bits.
/// </summary>
internal sealed unsafe class DistillationCrossEntropyCpu<TFloats> : DistillationCrossEntropy<float>
    where TFloats : unmanaged, IFloats<TFloats>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float, float, float> forwardBackward;

    public DistillationCrossEntropyCpu(Device device) =>
        forwardBackward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float, float, float>(ForwardBackwardKernel));

    private protected override void Launch(
        in Tensor<float> crossEntropies,
        in Tensor<float> divergences,
        in Tensor<float> logitsGradient,
        in Tensor<float> logits,
        in Tensor<float> teacherLogits,
        in Tensor<int> targets,
        float inverseTemperature,
        float hardWeight,
        float softWeight)
    {
        int tiles = Tiling.Count(logits.Rows, Tiling.RowsPerTile(logits.Columns));
        forwardBackward(new KernelConfig(tiles, 1), crossEntropies.View, divergences.View, logitsGradient.View, logits.View, teacherLogits.View, targets.View, logits.Columns, inverseTemperature, hardWeight, softWeight);
    }

    private static void ForwardBackwardKernel(
        ArrayView<float> crossEntropies,
        ArrayView<float> divergences,
        ArrayView<float> logitsGradient,
        ArrayView<float> logits,
        ArrayView<float> teacherLogits,
        ArrayView<int> targets,
        int vocabulary,
        float inverseTemperature,
        float hardWeight,
        float softWeight) =>
        ForwardBackwardTile(Grid.IdxX, crossEntropies, divergences, logitsGradient, logits, teacherLogits, targets, vocabulary, inverseTemperature, hardWeight, softWeight);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ForwardBackwardTile(
        int tile,
        ArrayView<float> crossEntropies,
        ArrayView<float> divergences,
        ArrayView<float> logitsGradient,
        ArrayView<float> logits,
        ArrayView<float> teacherLogits,
        ArrayView<int> targets,
        int vocabulary,
        float inverseTemperature,
        float hardWeight,
        float softWeight)
    {
        int perTile = Tiling.RowsPerTile(vocabulary);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)targets.Length);
        for (int row = first; row < last; row++)
        {
            float* z = logits.Pointer() + ((long)row * vocabulary);
            float* u = teacherLogits.Pointer() + ((long)row * vocabulary);
            float* dz = logitsGradient.Pointer() + ((long)row * vocabulary);
            int target = targets[row];
            if (target < 0)
            {
                crossEntropies[row] = 0;
                divergences[row] = 0;
                new Span<float>(dz, vocabulary).Clear();
                continue;
            }

            float targetLogit = z[target];
            float shift = LogitRow<TFloats>.Shift(z, vocabulary);
            float teacherShift = LogitRow<TFloats>.Shift(u, vocabulary);
            double sum = LogitRow<TFloats>.SumOfExponentials(z, vocabulary, shift);
            float scale = (float)(Math.Log2(Math.E) * inverseTemperature);
            SoftSums sums = SumsOf(z, u, vocabulary, shift, teacherShift, scale);
            crossEntropies[row] = LogitRow<TFloats>.Loss(sum, shift, targetLogit);
            divergences[row] = sums.Divergence;

            double hard = (Math.Exp(targetLogit - shift) / sum) - 1;
            double soft = (Math.Exp((targetLogit - shift) * inverseTemperature) / sums.Soft)
                - (Math.Exp((u[target] - teacherShift) * inverseTemperature) / sums.Teacher);
            float targetGradient = (float)((hard * hardWeight) + (soft * softWeight));
            WriteGradient(dz, z, u, vocabulary, shift, teacherShift, scale, (float)(hardWeight / sum), (float)(softWeight / sums.Soft), (float)(softWeight / sums.Teacher));
            dz[target] = targetGradient;
        }
    }

    /// <summary>The sums of exp((z - shift) / T), of q = exp((u - teacherShift) / T), and of q times the difference of the exponents.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static SoftSums SumsOf(float* z, float* u, int count, float shift, float teacherShift, float scale)
    {
        TFloats shifts = TFloats.Create(shift);
        TFloats teacherShifts = TFloats.Create(teacherShift);
        int whole = count & ~15;
        double soft = 0;
        double teacher = 0;
        double difference = 0;
        for (int start = 0; start < whole; start += LogitRow<TFloats>.SumBlock)
        {
            int end = Math.Min(start + LogitRow<TFloats>.SumBlock, whole);
            TFloats softTerms = TFloats.Zero;
            TFloats teacherTerms = TFloats.Zero;
            TFloats differences = TFloats.Zero;
            for (int i = start; i < end; i += 16)
            {
                TFloats a = (TFloats.Load(z + i) - shifts) * scale;
                TFloats b = Exponents(TFloats.Load(u + i), teacherShifts, scale);
                TFloats q = VectorMath.Exp2(b);
                softTerms += VectorMath.Exp2(a);
                teacherTerms += q;
                differences += q * (b - a);
            }

            soft += TFloats.SumInDouble(softTerms);
            teacher += TFloats.SumInDouble(teacherTerms);
            difference += TFloats.SumInDouble(differences);
        }

        if (whole < count)
        {
            // Past the row's end: an exponent whose power is 0, and none that 0 cannot be multiplied by.
            TFloats a = (VectorTail.Load<TFloats>(z + whole, count - whole, float.NegativeInfinity) - shifts) * scale;
            TFloats b = Exponents(VectorTail.Load<TFloats>(u + whole, count - whole, float.MinValue), teacherShifts, scale);
            TFloats q = VectorMath.Exp2(b);
            soft += TFloats.SumInDouble(VectorMath.Exp2(a));
            teacher += TFloats.SumInDouble(q);
            a = (VectorTail.Load<TFloats>(z + whole, count - whole, 0) - shifts) * scale;
            difference += TFloats.SumInDouble(q * (b - a));
        }

        return new SoftSums(soft, teacher, difference);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteGradient(
        float* gradient,
        float* z,
        float* u,
        int count,
        float shift,
        float teacherShift,
        float scale,
        float ownFactor,
        float softFactor,
        float teacherFactor)
    {
        TFloats shifts = TFloats.Create(shift);
        TFloats teacherShifts = TFloats.Create(teacherShift);
        int whole = count & ~15;
        int rest = count - whole;
        // The incomplete vector goes first: a call after the loop would have the factors kept in memory.
        if (rest > 0)
        {
            TFloats last = GradientOf(
                VectorTail.Load<TFloats>(z + whole, rest, 0) - shifts,
                Exponents(VectorTail.Load<TFloats>(u + whole, rest, 0), teacherShifts, scale),
                scale,
                ownFactor,
                softFactor,
                teacherFactor);
            VectorTail.Store(last, gradient + whole, rest);
        }

        for (int i = 0; i < whole; i += 16)
        {
            TFloats b = Exponents(TFloats.Load(u + i), teacherShifts, scale);
            TFloats.Store(GradientOf(TFloats.Load(z + i) - shifts, b, scale, ownFactor, softFactor, teacherFactor), gradient + i);
        }
    }

    /// <param name="z">The student's logits less the largest.</param>
    /// <param name="b">The teacher's exponents of two.</param>
    /// <param name="scale">log2(e) / T.</param>
    /// <param name="ownFactor">Of exp(z).</param>
    /// <param name="softFactor">Of exp(z / T).</param>
    /// <param name="teacherFactor">Of 2^b.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats GradientOf(TFloats z, TFloats b, float scale, float ownFactor, float softFactor, float teacherFactor) =>
        (VectorMath.Exp2(z * VectorMath.Log2E) * ownFactor) + ((VectorMath.Exp2(z * scale) * softFactor) - (VectorMath.Exp2(b) * teacherFactor));

    /// <summary>The teacher's exponents of two, not so low that their product with their power, 0, is none. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats Exponents(TFloats u, TFloats shifts, float scale) =>
        TFloats.Max(TFloats.Create(-128f), (u - shifts) * scale);

    /// <param name="Soft">Sum of the student's exponentials.</param>
    /// <param name="Teacher">Sum of the teacher's.</param>
    /// <param name="Difference">Sum of the teacher's times the difference of both exponents, which are of two.</param>
    private readonly record struct SoftSums(double Soft, double Teacher, double Difference)
    {
        public float Divergence
        {
            get
            {
                double divergence = (Difference / Teacher * Math.Log(2)) + Math.Log(Soft) - Math.Log(Teacher);
                return divergence < 0 ? 0 : (float)divergence;
            }
        }
    }
}
