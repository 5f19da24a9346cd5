using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Blocks in SIMD, a few a tile; bound by memory.</summary>
internal sealed unsafe class GradientNormCpu : GradientNorm
{
    private const int BlocksPerTile = 4;

    private readonly Action<KernelConfig, ArrayView<double>, ArrayView<float>> sumBlocks;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<double>, int, float> finish;

    public GradientNormCpu(Device device)
    {
        sumBlocks = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<double>, ArrayView<float>>(SumBlocksKernel));
        finish = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<double>, int, float>(Finish));
    }

    private protected override void Launch(
        in Tensor<float> result,
        ArrayView<float> gradients,
        float maximum,
        in Tensor<double> scratch)
    {
        int blocks = Scratch(gradients.Length);
        if (blocks > 0)
            sumBlocks(new KernelConfig(Tiling.Count(blocks, BlocksPerTile), 1), scratch.View, gradients);
        finish(new KernelConfig(1, 1), result.View, scratch.View, blocks, maximum);
    }

    private static void SumBlocksKernel(ArrayView<double> sums, ArrayView<float> gradients) =>
        SumBlocksTile(Grid.IdxX, sums, gradients);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumBlocksTile(int tile, ArrayView<double> sums, ArrayView<float> gradients)
    {
        long length = gradients.Length;
        float* start = gradients.Pointer();
        double* sum = sums.Pointer();
        for (int block = tile * BlocksPerTile; block < (tile + 1) * BlocksPerTile; block++)
        {
            long first = (long)block * BlockLength;
            if (first >= length)
                return;
            sum[block] = SumOfSquares(start + first, (int)Math.Min(BlockLength, length - first));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOfSquares(float* x, int count)
    {
        Vector512<double> sums0 = Vector512<double>.Zero;
        Vector512<double> sums1 = Vector512<double>.Zero;
        Vector512<double> sums2 = Vector512<double>.Zero;
        Vector512<double> sums3 = Vector512<double>.Zero;
        int i = 0;
        for (; i <= count - 32; i += 32)
        {
            (Vector512<double> x0, Vector512<double> x1) = Vector512.Widen(Vector512.Load(x + i));
            (Vector512<double> x2, Vector512<double> x3) = Vector512.Widen(Vector512.Load(x + i + 16));
            sums0 += x0 * x0;
            sums1 += x1 * x1;
            sums2 += x2 * x2;
            sums3 += x3 * x3;
        }

        double sum = Vector512.Sum(sums0 + sums1 + (sums2 + sums3));
        for (; i < count; i++)
            sum += (double)x[i] * x[i];
        return sum;
    }
}
