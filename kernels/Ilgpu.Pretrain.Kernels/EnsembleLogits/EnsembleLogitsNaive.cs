using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread an element; one a row where the softmax needs all of it.</summary>
internal sealed class EnsembleLogitsNaive : EnsembleLogits
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, int, float> addLogits;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, int, int, float> addProbabilities;
    private readonly Action<Index1D, ArrayView<float>, int> divide;
    private readonly Action<Index1D, ArrayView<float>, float> logarithm;

    public EnsembleLogitsNaive(Device device, EnsembleAveraging averaging)
        : base(averaging)
    {
        addLogits = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, int, float>(AddLogit));
        addProbabilities = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, int, int, float>(AddProbabilitiesOfRow));
        divide = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, int>(DivideElement));
        logarithm = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(LogarithmOfElement));
    }

    private protected override void LaunchAddLogits(in Tensor<float> sum, in Tensor<float> logits, int member, float weight) =>
        addLogits(checked((int)sum.Length), sum.View, logits.View, member, weight);

    private protected override void LaunchAddProbabilities(in Tensor<float> sum, in Tensor<float> logits, int member, float weight) =>
        addProbabilities(sum.Rows, sum.View, logits.View, sum.Columns, member, weight);

    private protected override void LaunchDivide(in Tensor<float> sum, int members) =>
        divide(checked((int)sum.Length), sum.View, members);

    private protected override void LaunchLogarithm(in Tensor<float> sum, float logMembers) =>
        logarithm(checked((int)sum.Length), sum.View, logMembers);

    private static void AddLogit(Index1D i, ArrayView<float> sum, ArrayView<float> logits, int member, float weight) =>
        sum[i] = member == 1 ? weight * logits[i] : sum[i] + (weight * logits[i]);

    private static void AddProbabilitiesOfRow(Index1D row, ArrayView<float> sum, ArrayView<float> logits, int vocabulary, int member, float weight)
    {
        long start = row * (long)vocabulary;
        double logSumExp = NaiveLogSumExp.Of(logits, start, vocabulary);
        for (long i = start; i < start + vocabulary; i++)
        {
            float logProbability = (float)(logits[i] - logSumExp);
            float probability = logProbability < LeastLogProbability ? 0 : weight * XMath.Exp(logProbability);
            sum[i] = member == 1 ? probability : sum[i] + probability;
        }
    }

    private static void DivideElement(Index1D i, ArrayView<float> sum, int members) => sum[i] /= members;

    private static void LogarithmOfElement(Index1D i, ArrayView<float> sum, float logMembers)
    {
        float probability = sum[i];
        sum[i] = probability == 0 ? float.MinValue : XMath.Log(probability) - logMembers;
    }
}
