using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Tiles of rows in SIMD: a row's mixture, its exponentials in the same place, then one walk a member for the gradient and
/// one a pair for the curvature, from cache. Blocks are summed in fp32 lanes, the blocks in fp64.
/// </summary>
internal sealed unsafe class LogitMixtureCpu<TFloats> : LogitMixture
    where TFloats : unmanaged, IFloats<TFloats>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int> evaluate;

    public LogitMixtureCpu(Device device) =>
        evaluate = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int>(EvaluateKernel));

    private protected override void Launch(
        in Tensor<float> losses,
        in Tensor<float> gradients,
        in Tensor<float> curvatures,
        in Tensor<float> mixture,
        in Tensor<float> logits,
        in Tensor<float> weights,
        in Tensor<int> targets)
    {
        int tiles = Tiling.Count(mixture.Rows, Tiling.RowsPerTile(mixture.Columns));
        evaluate(new KernelConfig(tiles, 1), losses.View, gradients.View, curvatures.View, mixture.View, logits.View, weights.View, targets.View, mixture.Columns);
    }

    private static void EvaluateKernel(
        ArrayView<float> losses,
        ArrayView<float> gradients,
        ArrayView<float> curvatures,
        ArrayView<float> mixture,
        ArrayView<float> logits,
        ArrayView<float> weights,
        ArrayView<int> targets,
        int vocabulary) =>
        EvaluateTile(Grid.IdxX, losses, gradients, curvatures, mixture, logits, weights, targets, vocabulary);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void EvaluateTile(
        int tile,
        ArrayView<float> losses,
        ArrayView<float> gradients,
        ArrayView<float> curvatures,
        ArrayView<float> mixture,
        ArrayView<float> logits,
        ArrayView<float> weights,
        ArrayView<int> targets,
        int vocabulary)
    {
        int members = (int)weights.Length;
        int pairs = Pairs(members);
        int perTile = Tiling.RowsPerTile(vocabulary);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)targets.Length);
        for (int row = first; row < last; row++)
        {
            var of = new Row(
                mixture.Pointer() + ((long)row * vocabulary),
                logits.Pointer() + ((long)row * vocabulary),
                mixture.Length,
                vocabulary,
                gradients.Pointer() + ((long)row * members),
                curvatures.Pointer() + ((long)row * pairs));
            losses[row] = Evaluate(of, weights.Pointer(), members, targets[row]);
        }
    }

    private static float Evaluate(in Row row, float* weights, int members, int target)
    {
        if (target < 0)
        {
            new Span<float>(row.Gradients, members).Clear();
            new Span<float>(row.Curvatures, Pairs(members)).Clear();
            return 0;
        }

        Mix(row, weights, members);
        float targetLogit = row.Mixture[target];
        float shift = LogitRow<TFloats>.Shift(row.Mixture, row.Vocabulary);
        double sum = LogitRow<TFloats>.Exponentiate(row.Mixture, row.Mixture, row.Vocabulary, shift);
        for (int member = 0; member < members; member++)
        {
            float* z = row.Member(member);
            row.Gradients[member] = (float)(Moment(row.Mixture, z, z[target], row.Vocabulary) / sum);
        }

        float* curvature = row.Curvatures;
        for (int member = 0; member < members; member++)
        {
            float* z = row.Member(member);
            for (int other = 0; other <= member; other++)
            {
                float* y = row.Member(other);
                double product = Moment(row.Mixture, z, z[target] + row.Gradients[member], y, y[target] + row.Gradients[other], row.Vocabulary);
                *curvature++ = (float)(product / sum);
            }
        }

        return LogitRow<TFloats>.Loss(sum, shift, targetLogit);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(in Row row, float* weights, int members)
    {
        int i = 0;
        for (; i <= row.Vocabulary - 16; i += 16)
        {
            TFloats sum = TFloats.Zero;
            for (int member = 0; member < members; member++)
                sum += TFloats.Load(row.Member(member) + i) * weights[member];
            TFloats.Store(sum, row.Mixture + i);
        }

        for (; i < row.Vocabulary; i++)
        {
            float sum = 0;
            for (int member = 0; member < members; member++)
                sum += row.Member(member)[i] * weights[member];
            row.Mixture[i] = sum;
        }
    }

    /// <summary>The sum of q (z - center).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Moment(float* q, float* z, float center, int count)
    {
        TFloats centers = TFloats.Create(center);
        int whole = count & ~15;
        double total = 0;
        for (int start = 0; start < whole; start += LogitRow<TFloats>.SumBlock)
        {
            int end = Math.Min(start + LogitRow<TFloats>.SumBlock, whole);
            TFloats terms = TFloats.Zero;
            for (int i = start; i < end; i += 16)
                terms += TFloats.Load(q + i) * (TFloats.Load(z + i) - centers);
            total += TFloats.SumInDouble(terms);
        }

        if (whole < count)
            total += TFloats.SumInDouble(VectorTail.Load<TFloats>(q + whole, count - whole, 0) * (VectorTail.Load<TFloats>(z + whole, count - whole, 0) - centers));
        return total;
    }

    /// <summary>The sum of q (z - center) (y - otherCenter).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Moment(float* q, float* z, float center, float* y, float otherCenter, int count)
    {
        TFloats centers = TFloats.Create(center);
        TFloats otherCenters = TFloats.Create(otherCenter);
        int whole = count & ~15;
        double total = 0;
        for (int start = 0; start < whole; start += LogitRow<TFloats>.SumBlock)
        {
            int end = Math.Min(start + LogitRow<TFloats>.SumBlock, whole);
            TFloats terms = TFloats.Zero;
            for (int i = start; i < end; i += 16)
                terms += TFloats.Load(q + i) * ((TFloats.Load(z + i) - centers) * (TFloats.Load(y + i) - otherCenters));
            total += TFloats.SumInDouble(terms);
        }

        if (whole < count)
        {
            TFloats fromMeans = (VectorTail.Load<TFloats>(z + whole, count - whole, 0) - centers) * (VectorTail.Load<TFloats>(y + whole, count - whole, 0) - otherCenters);
            total += TFloats.SumInDouble(VectorTail.Load<TFloats>(q + whole, count - whole, 0) * fromMeans);
        }

        return total;
    }

    /// <summary>Where a row's numbers are.</summary>
    private readonly struct Row(float* mixture, float* logits, long apart, int vocabulary, float* gradients, float* curvatures)
    {
        public float* Mixture { get; } = mixture;

        public int Vocabulary { get; } = vocabulary;

        public float* Gradients { get; } = gradients;

        public float* Curvatures { get; } = curvatures;

        public float* Member(int member) => logits + (member * apart);
    }
}
