using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a row.</summary>
internal sealed class CrossEntropyNaive : CrossEntropy
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, int> forward;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float> forwardBackward;

    public CrossEntropyNaive(Device device)
    {
        forward = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, int>(ForwardRow);
        forwardBackward = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float>(ForwardBackwardRow);
    }

    private protected override void LaunchForward(in Tensor<float> losses, in Tensor<float> logits, in Tensor<int> targets) =>
        forward(logits.Rows, losses.View, logits.View, targets.View, logits.Columns);

    private protected override void LaunchForwardBackward(
        in Tensor<float> losses,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale) =>
        forwardBackward(logits.Rows, losses.View, logits.View, targets.View, logits.Columns, gradientScale);

    private static void ForwardRow(
        Index1D row,
        ArrayView<float> losses,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary)
    {
        int target = targets[row];
        long start = row * (long)vocabulary;
        losses[row] = target < 0 ? 0 : (float)(LogSumExp(logits, start, vocabulary) - logits[start + target]);
    }

    private static void ForwardBackwardRow(
        Index1D row,
        ArrayView<float> losses,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        float gradientScale)
    {
        int target = targets[row];
        long start = row * (long)vocabulary;
        double logSumExp = LogSumExp(logits, start, vocabulary);
        losses[row] = target < 0 ? 0 : (float)(logSumExp - logits[start + target]);
        for (int column = 0; column < vocabulary; column++)
        {
            float probability = XMath.Exp((float)(logits[start + column] - logSumExp));
            float gradient = (column == target ? probability - 1 : probability) * gradientScale;
            logits[start + column] = target < 0 ? 0 : gradient;
        }
    }

    /// <summary>
    /// log(sum(exp(scale * logits))). NaN where a logit is not finite, negative infinity included: it has overflowed, and the
    /// loss has to tell.
    /// </summary>
    internal static double LogSumExp(ArrayView<float> logits, long start, int vocabulary, float scale = 1)
    {
        float largest = logits[start];
        float smallest = logits[start];
        for (long i = start; i < start + vocabulary; i++)
        {
            largest = XMath.Max(largest, logits[i]);
            smallest = XMath.Min(smallest, logits[i]);
        }

        double sum = smallest > float.NegativeInfinity ? 0 : double.NaN;
        for (long i = start; i < start + vocabulary; i++)
            sum += XMath.Exp((logits[i] - largest) * scale);
        return ((double)largest * scale) + XMath.Log((float)sum);
    }
}
