using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Blocks in SIMD, a few a tile; the tile that ends last adds the blocks up. Bound by memory.</summary>
internal sealed unsafe class GradientNormCpu<TDoubles> : GradientNorm
    where TDoubles : unmanaged, IDoubles<TDoubles>
{
    private const int BlocksPerTile = 4;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<double>, ArrayView<float>, ArrayView<int>, float> compute;
    private readonly DeviceBuffer<int> ended;

    public GradientNormCpu(Device device)
    {
        compute = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<double>, ArrayView<float>, ArrayView<int>, float>(ComputeKernel));
        ended = device.Allocate<int>(1);
    }

    private protected override void Launch(
        in Tensor<float> result,
        ArrayView<float> gradients,
        float maximum,
        in Tensor<double> scratch)
    {
        compute(new KernelConfig(TilesOf(gradients.Length), 1), result.View, scratch.View, gradients, ended.View, maximum);
    }

    /// <summary>One at least: it gives the norm of nothing, too.</summary>
    private static int TilesOf(long length) => Math.Max(1, Tiling.Count(Scratch(length), BlocksPerTile));

    private static void ComputeKernel(ArrayView<float> result, ArrayView<double> sums, ArrayView<float> gradients, ArrayView<int> ended, float maximum)
    {
        SumBlocksTile(Grid.IdxX, sums, gradients);
        FinishLast(result, sums, gradients.Length, ended, maximum);
    }

    [IntrinsicImplementation]
    private static void FinishLast(ArrayView<float> result, ArrayView<double> sums, long length, ArrayView<int> ended, float maximum)
    {
        if (LastTile.IsThis(ended, TilesOf(length)))
            Finish(result, sums, Scratch(length), maximum);
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
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
        TDoubles sums0 = TDoubles.Create(0);
        TDoubles sums1 = TDoubles.Create(0);
        TDoubles sums2 = TDoubles.Create(0);
        TDoubles sums3 = TDoubles.Create(0);
        int i = 0;
        for (; i <= count - 32; i += 32)
        {
            TDoubles x0 = TDoubles.Load(x + i);
            TDoubles x1 = TDoubles.Load(x + i + 8);
            TDoubles x2 = TDoubles.Load(x + i + 16);
            TDoubles x3 = TDoubles.Load(x + i + 24);
            sums0 += x0 * x0;
            sums1 += x1 * x1;
            sums2 += x2 * x2;
            sums3 += x3 * x3;
        }

        double sum = TDoubles.Sum(sums0 + sums1 + (sums2 + sums3));
        for (; i < count; i++)
            sum += (double)x[i] * x[i];
        return sum;
    }
}
