using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a row.</summary>
internal sealed class DistillationCrossEntropyNaive<T, TStorage> : DistillationCrossEntropy<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float, float, float> forwardBackward;

    public DistillationCrossEntropyNaive(Device device) =>
        forwardBackward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float, float, float>(ForwardBackwardRow));

    private protected override void Launch(
        in Tensor<float> crossEntropies,
        in Tensor<float> divergences,
        in Tensor<T> logitsGradient,
        in Tensor<float> logits,
        in Tensor<float> teacherLogits,
        in Tensor<int> targets,
        float inverseTemperature,
        float hardWeight,
        float softWeight) =>
        forwardBackward(logits.Rows, crossEntropies.View, divergences.View, logitsGradient.View, logits.View, teacherLogits.View, targets.View, logits.Columns, inverseTemperature, hardWeight, softWeight);

    private static void ForwardBackwardRow(
        Index1D row,
        ArrayView<float> crossEntropies,
        ArrayView<float> divergences,
        ArrayView<T> logitsGradient,
        ArrayView<float> logits,
        ArrayView<float> teacherLogits,
        ArrayView<int> targets,
        int vocabulary,
        float inverseTemperature,
        float hardWeight,
        float softWeight)
    {
        int target = targets[row];
        long start = row * (long)vocabulary;
        double logSumExp = NaiveLogSumExp.Of(logits, start, vocabulary);
        double softLogSumExp = NaiveLogSumExp.Of(logits, start, vocabulary, inverseTemperature);
        double teacherLogSumExp = NaiveLogSumExp.Of(teacherLogits, start, vocabulary, inverseTemperature);
        crossEntropies[row] = target < 0 ? 0 : (float)(logSumExp - logits[start + target]);
        double divergence = 0;
        for (int column = 0; column < vocabulary; column++)
        {
            float logit = logits[start + column];
            double logSoft = ((double)logit * inverseTemperature) - softLogSumExp;
            double logTeacher = ((double)teacherLogits[start + column] * inverseTemperature) - teacherLogSumExp;
            float teacher = XMath.Exp((float)logTeacher);
            // Where it is 0 its logarithm may be too low for a product with 0; NaN is left to show.
            divergence += teacher == 0 ? 0 : teacher * (logTeacher - logSoft);
            float probability = XMath.Exp((float)(logit - logSumExp));
            float hard = column == target ? probability - 1 : probability;
            float gradient = (hard * hardWeight) + ((XMath.Exp((float)logSoft) - teacher) * softWeight);
            logitsGradient[start + column] = TStorage.FromSingle(target < 0 ? 0 : gradient);
        }

        divergences[row] = target < 0 || divergence < 0 ? 0 : (float)divergence;
    }
}
