using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One group a row, where Naive has one thread that goes through it five times: logits and sum are read once and the sum is
/// written once, while the largest and the exponentials of both are taken.
/// </summary>
/// <remarks>
/// 12 bytes moved a logit (8 for the first member), two exponentials and 11 FLOPs. Floor: rows * vocabulary * 12 over the
/// memory's bandwidth; for 256 x 50257 at 3.35 TB/s 46 us a member.
/// </remarks>
internal sealed class EnsembleCrossEntropyGpu : EnsembleCrossEntropy
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int, int> accumulate;

    public EnsembleCrossEntropyGpu(Device device) =>
        accumulate = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int, int>(AccumulateKernel));

    private protected override void Launch(
        in Tensor<float> memberLosses,
        in Tensor<float> logitAverageLosses,
        in Tensor<float> probabilityAverageLosses,
        in Tensor<float> logitSum,
        in Tensor<float> logProbabilitySum,
        in Tensor<float> logits,
        in Tensor<int> targets,
        int member) =>
        accumulate(
            new KernelConfig(logits.Rows, RowQuads.Threads(logits.Columns)),
            memberLosses.View,
            logitAverageLosses.View,
            probabilityAverageLosses.View,
            logitSum.View,
            logProbabilitySum.View,
            logits.View,
            targets.View,
            logits.Columns,
            member,
            Quads.Fit(logits) && Quads.Fit(logitSum) ? 1 : 0);

    private static void AccumulateKernel(
        ArrayView<float> memberLosses,
        ArrayView<float> logitAverageLosses,
        ArrayView<float> probabilityAverageLosses,
        ArrayView<float> logitSum,
        ArrayView<float> logProbabilitySum,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        int member,
        int isWide)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(GroupReduce.Scratch);
        bool wide = isWide != 0;
        int row = Grid.IdxX;
        long start = (long)row * vocabulary;
        int target = targets[row];
        int step = RowQuads.Tile;
        float scale = 1f / member;
        SoftmaxSum own = SoftmaxSum.Empty;
        SoftmaxSum average = SoftmaxSum.Empty;
        for (int tile = 0; tile < vocabulary; tile += SoftmaxSum.Tiles * step)
        {
            Float4 a = RowQuads.Load<float, Fp32Storage>(logits, start, tile, vocabulary, wide, SoftmaxSum.Absent);
            Float4 b = RowQuads.Load<float, Fp32Storage>(logits, start, tile + step, vocabulary, wide, SoftmaxSum.Absent);
            Float4 c = RowQuads.Load<float, Fp32Storage>(logits, start, tile + (2 * step), vocabulary, wide, SoftmaxSum.Absent);
            Float4 d = RowQuads.Load<float, Fp32Storage>(logits, start, tile + (3 * step), vocabulary, wide, SoftmaxSum.Absent);
            if (member > 1)
            {
                // Past the row's end zero is added, so that what is absent stays so.
                Float4 sumA = RowQuads.Load<float, Fp32Storage>(logitSum, start, tile, vocabulary, wide, 0);
                Float4 sumB = RowQuads.Load<float, Fp32Storage>(logitSum, start, tile + step, vocabulary, wide, 0);
                Float4 sumC = RowQuads.Load<float, Fp32Storage>(logitSum, start, tile + (2 * step), vocabulary, wide, 0);
                Float4 sumD = RowQuads.Load<float, Fp32Storage>(logitSum, start, tile + (3 * step), vocabulary, wide, 0);
                own = own.With(a, b, c, d, 1);
                a = Plus(sumA, a);
                b = Plus(sumB, b);
                c = Plus(sumC, c);
                d = Plus(sumD, d);
                average = average.With(a, b, c, d, scale);
            }
            else
            {
                own = own.With(a, b, c, d, 1);
            }

            RowQuads.Store<float, Fp32Storage>(logitSum, start, tile, vocabulary, wide, a);
            RowQuads.Store<float, Fp32Storage>(logitSum, start, tile + step, vocabulary, wide, b);
            RowQuads.Store<float, Fp32Storage>(logitSum, start, tile + (2 * step), vocabulary, wide, c);
            RowQuads.Store<float, Fp32Storage>(logitSum, start, tile + (3 * step), vocabulary, wide, d);
        }

        own = own.OfGroup(1, scratch);
        if (member > 1)
            average = average.OfGroup(scale, scratch);
        // The first thread reads the target's sum, which another may have written.
        Group.Barrier();
        if (Group.IdxX != 0)
            return;
        float memberLoss = 0;
        float logitAverageLoss = 0;
        float probabilityAverageLoss = 0;
        float logProbability = 0;
        if (target >= 0)
        {
            memberLoss = own.Loss(logits[start + target], 1);
            logitAverageLoss = memberLoss;
            probabilityAverageLoss = memberLoss;
            logProbability = -memberLoss;
        }

        if (target >= 0 && member > 1)
        {
            logitAverageLoss = average.Loss(logitSum[start + target], scale);
            logProbability = LogAddExp(logProbabilitySum[row], logProbability);
            probabilityAverageLoss = XMath.Log((float)member) - logProbability;
        }

        memberLosses[row] = memberLoss;
        logitAverageLosses[row] = logitAverageLoss;
        probabilityAverageLosses[row] = probabilityAverageLoss < 0 ? 0 : probabilityAverageLoss;
        logProbabilitySum[row] = logProbability;
    }

    private static Float4 Plus(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };
}
