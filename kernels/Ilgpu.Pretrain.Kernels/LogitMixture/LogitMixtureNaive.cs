using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a row.</summary>
internal sealed class LogitMixtureNaive : LogitMixture
{
    private readonly Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int> evaluate;

    public LogitMixtureNaive(Device device) =>
        evaluate = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int>(EvaluateRow));

    private protected override void Launch(
        in Tensor<float> losses,
        in Tensor<float> gradients,
        in Tensor<float> curvatures,
        in Tensor<float> mixture,
        in Tensor<float> logits,
        in Tensor<float> weights,
        in Tensor<int> targets) =>
        evaluate(mixture.Rows, losses.View, gradients.View, curvatures.View, mixture.View, logits.View, weights.View, targets.View, mixture.Columns);

    private static void EvaluateRow(
        Index1D row,
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
        long start = row * (long)vocabulary;
        for (int column = 0; column < vocabulary; column++)
        {
            float sum = 0;
            for (int member = 0; member < members; member++)
                sum += weights[member] * logits[(member * mixture.Length) + start + column];
            mixture[start + column] = sum;
        }

        int target = targets[row];
        double logSumExp = NaiveLogSumExp.Of(mixture, start, vocabulary);
        losses[row] = target < 0 ? 0 : (float)(logSumExp - mixture[start + target]);
        for (int column = 0; column < vocabulary; column++)
            mixture[start + column] = XMath.Exp((float)(mixture[start + column] - logSumExp));

        long gradient = row * (long)members;
        for (int member = 0; member < members; member++)
        {
            long z = (member * mixture.Length) + start;
            double mean = 0;
            for (int column = 0; column < vocabulary && target >= 0; column++)
                mean += mixture[start + column] * ((double)logits[z + column] - logits[z + target]);
            gradients[gradient + member] = (float)mean;
        }

        long pair = row * (curvatures.Length / targets.Length);
        for (int member = 0; member < members; member++)
        {
            for (int other = 0; other <= member; other++)
            {
                long z = (member * mixture.Length) + start;
                long y = (other * mixture.Length) + start;
                double product = 0;
                for (int column = 0; column < vocabulary && target >= 0; column++)
                {
                    double fromMean = (double)logits[z + column] - logits[z + target] - gradients[gradient + member];
                    product += mixture[start + column] * fromMean * ((double)logits[y + column] - logits[y + target] - gradients[gradient + other]);
                }

                curvatures[pair] = (float)product;
                pair++;
            }
        }
    }
}
