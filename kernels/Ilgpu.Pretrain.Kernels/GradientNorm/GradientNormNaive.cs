using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a block, then one thread for all blocks.</summary>
internal sealed class GradientNormNaive : GradientNorm
{
    private readonly Action<Index1D, ArrayView<double>, ArrayView<float>> sumBlocks;
    private readonly Action<Index1D, ArrayView<float>, ArrayView<double>, int, float> finish;

    public GradientNormNaive(Device device)
    {
        sumBlocks = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<double>, ArrayView<float>>(SumBlock));
        finish = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<double>, int, float>(FinishKernel));
    }

    private protected override void Launch(
        in Tensor<float> result,
        ArrayView<float> gradients,
        float maximum,
        in Tensor<double> scratch)
    {
        int blocks = Scratch(gradients.Length);
        if (blocks > 0)
            sumBlocks(blocks, scratch.View, gradients);
        finish(1, result.View, scratch.View, blocks, maximum);
    }

    private static void SumBlock(Index1D block, ArrayView<double> sums, ArrayView<float> gradients)
    {
        long first = block * (long)BlockLength;
        double sum = 0;
        for (long i = first; i < first + BlockLength && i < gradients.Length; i++)
            sum += (double)gradients[i] * gradients[i];
        sums[block] = sum;
    }

    private static void FinishKernel(Index1D index, ArrayView<float> result, ArrayView<double> sums, int blocks, float maximum) =>
        Finish(result, sums, blocks, maximum);
}
