using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a row.</summary>
internal sealed class EnsembleCrossEntropyNaive : EnsembleCrossEntropy
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int> accumulate;

    public EnsembleCrossEntropyNaive(Device device) =>
        accumulate = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int>(AccumulateRow));

    private protected override void Launch(
        in Tensor<float> memberLosses,
        in Tensor<float> logitAverageLosses,
        in Tensor<float> probabilityAverageLosses,
        in Tensor<float> logitSum,
        in Tensor<float> logProbabilitySum,
        in Tensor<float> logits,
        in Tensor<int> targets,
        int member) =>
        accumulate(logits.Rows, memberLosses.View, logitAverageLosses.View, probabilityAverageLosses.View, logitSum.View, logProbabilitySum.View, logits.View, targets.View, logits.Columns, member);

    private static void AccumulateRow(
        Index1D row,
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
        long start = row * (long)vocabulary;
        for (long i = start; i < start + vocabulary; i++)
            logitSum[i] = member == 1 ? logits[i] : logitSum[i] + logits[i];

        int target = targets[row];
        float memberLoss = 0;
        float logitAverageLoss = 0;
        float probabilityAverageLoss = 0;
        float logProbability = 0;
        if (target >= 0)
        {
            memberLoss = (float)(NaiveLogSumExp.Of(logits, start, vocabulary) - logits[start + target]);
            logitAverageLoss = memberLoss;
            probabilityAverageLoss = memberLoss;
            logProbability = -memberLoss;
        }

        if (target >= 0 && member > 1)
        {
            float scale = 1f / member;
            logitAverageLoss = (float)(NaiveLogSumExp.Of(logitSum, start, vocabulary, scale) - ((double)logitSum[start + target] * scale));
            logProbability = LogAddExp(logProbabilitySum[row], logProbability);
            probabilityAverageLoss = XMath.Log((float)member) - logProbability;
        }

        memberLosses[row] = memberLoss;
        logitAverageLosses[row] = logitAverageLoss;
        probabilityAverageLosses[row] = probabilityAverageLoss < 0 ? 0 : probabilityAverageLoss;
        logProbabilitySum[row] = logProbability;
    }
}
