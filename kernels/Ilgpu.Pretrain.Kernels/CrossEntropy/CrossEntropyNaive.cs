using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a row.</summary>
internal sealed class CrossEntropyNaive<T, TStorage> : CrossEntropy<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, int> forward;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<int>, int, float, float> forwardBackward;

    public CrossEntropyNaive(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, int>(ForwardRow));
        forwardBackward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<int>, int, float, float>(ForwardBackwardRow));
    }

    private protected override void LaunchForward(in Tensor<float> losses, in Tensor<float> logits, in Tensor<int> targets) =>
        forward(logits.Rows, losses.View, logits.View, targets.View, logits.Columns);

    private protected override void LaunchForwardBackward(
        in Tensor<float> losses,
        in Tensor<T> logitsGradient,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale,
        float zLoss) =>
        forwardBackward(logits.Rows, losses.View, logitsGradient.View, logits.View, targets.View, logits.Columns, gradientScale, zLoss);

    private static void ForwardRow(
        Index1D row,
        ArrayView<float> losses,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary)
    {
        int target = targets[row];
        long start = row * (long)vocabulary;
        losses[row] = target < 0 ? 0 : (float)(NaiveLogSumExp.Of(logits, start, vocabulary) - logits[start + target]);
    }

    private static void ForwardBackwardRow(
        Index1D row,
        ArrayView<float> losses,
        ArrayView<T> logitsGradient,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        float gradientScale,
        float zLoss)
    {
        int target = targets[row];
        long start = row * (long)vocabulary;
        double logSumExp = NaiveLogSumExp.Of(logits, start, vocabulary);
        losses[row] = target < 0 ? 0 : (float)(logSumExp - logits[start + target]);
        float pull = zLoss == 0 ? 1 : (float)(1 + (2 * zLoss * logSumExp));
        for (int column = 0; column < vocabulary; column++)
        {
            float probability = XMath.Exp((float)(logits[start + column] - logSumExp)) * pull;
            float gradient = (column == target ? probability - 1 : probability) * gradientScale;
            logitsGradient[start + column] = TStorage.FromSingle(target < 0 ? 0 : gradient);
        }
    }
}
