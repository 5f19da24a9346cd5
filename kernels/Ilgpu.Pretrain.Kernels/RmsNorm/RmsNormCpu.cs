using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Tiles of rows in SIMD. The backward pass goes over its rows once: each tile is a block of
/// <see cref="RmsNorm.GainBlockRows"/> rows that leaves its share of the gain's gradient in scratch memory, and the one that
/// ends last adds the shares up in order.
/// </summary>
internal sealed unsafe class RmsNormCpu<TFloats> : RmsNorm<float>
    where TFloats : unmanaged, IFloats<TFloats>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int> backward;
    private readonly DeviceBuffer<int> ended;

    public RmsNormCpu(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, float>(ForwardKernel));
        backward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int>(BackwardKernel));
        ended = device.Allocate<int>(1);
    }

    private protected override void LaunchForward(
        in Tensor<float> output,
        in Tensor<float> inverseRms,
        in Tensor<float> input,
        in Tensor<float> gain,
        float epsilon)
    {
        int tiles = Tiling.Count(input.Rows, Tiling.RowsPerTile(input.Columns));
        forward(new KernelConfig(tiles, 1), output.View, inverseRms.View, input.View, gain.View, epsilon);
    }

    private protected override void LaunchBackward(
        in Tensor<float> inputGradient,
        in Tensor<float> gainGradient,
        in Tensor<float> outputGradient,
        in Tensor<float> input,
        in Tensor<float> inverseRms,
        in Tensor<float> gain,
        in Tensor<float> addend,
        in Tensor<float> scratch,
        bool accumulate,
        Tensor<float>? rounded)
    {
        int blocks = Tiling.Count(input.Rows, RmsNorm.GainBlockRows);
        backward(
            new KernelConfig(blocks, 1),
            inputGradient.View,
            gainGradient.View,
            scratch.View,
            outputGradient.View,
            input.View,
            inverseRms.View,
            gain.View,
            addend.View,
            ended.View,
            accumulate ? 1 : 0);
    }

    private static void ForwardKernel(
        ArrayView<float> output,
        ArrayView<float> inverseRms,
        ArrayView<float> input,
        ArrayView<float> gain,
        float epsilon) => ForwardTile(Grid.IdxX, output, inverseRms, input, gain, epsilon);

    private static void BackwardKernel(
        ArrayView<float> inputGradient,
        ArrayView<float> gainGradient,
        ArrayView<float> shares,
        ArrayView<float> outputGradient,
        ArrayView<float> input,
        ArrayView<float> inverseRms,
        ArrayView<float> gain,
        ArrayView<float> addend,
        ArrayView<int> ended,
        int accumulate)
    {
        BackwardTile(Grid.IdxX, inputGradient, shares, outputGradient, input, inverseRms, gain, addend);
        SumGain(gainGradient, shares, (int)inverseRms.Length, ended, accumulate);
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ForwardTile(
        int tile,
        ArrayView<float> output,
        ArrayView<float> inverseRms,
        ArrayView<float> input,
        ArrayView<float> gain,
        float epsilon)
    {
        int columns = (int)gain.Length;
        int perTile = Tiling.RowsPerTile(columns);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)inverseRms.Length);
        float* g = gain.Pointer();
        for (int row = first; row < last; row++)
        {
            float* x = input.Pointer() + ((long)row * columns);
            float* y = output.Pointer() + ((long)row * columns);
            float r = InverseRms(SumOfSquares(x, columns), columns, epsilon);
            inverseRms[row] = r;
            TFloats rs = TFloats.Create(r);
            int column = 0;
            for (; column <= columns - 16; column += 16)
                TFloats.Store(TFloats.Load(x + column) * rs * TFloats.Load(g + column), y + column);
            for (; column < columns; column++)
                y[column] = x[column] * r * g[column];
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void BackwardTile(
        int tile,
        ArrayView<float> inputGradient,
        ArrayView<float> shares,
        ArrayView<float> outputGradient,
        ArrayView<float> input,
        ArrayView<float> inverseRms,
        ArrayView<float> gain,
        ArrayView<float> addend)
    {
        int columns = (int)gain.Length;
        int first = tile * RmsNorm.GainBlockRows;
        int last = Math.Min(first + RmsNorm.GainBlockRows, (int)inverseRms.Length);
        float* g = gain.Pointer();
        float* share = shares.Pointer() + ((long)tile * columns);
        new Span<float>(share, columns).Clear();
        for (int row = first; row < last; row++)
        {
            long start = (long)row * columns;
            float* x = input.Pointer() + start;
            float* dy = outputGradient.Pointer() + start;
            float* dx = inputGradient.Pointer() + start;
            float* past = addend.Pointer() + start;
            float r = inverseRms[row];
            float scale = WeightedDot(g, dy, x, columns) / columns * r * r;
            TFloats rs = TFloats.Create(r);
            TFloats scales = TFloats.Create(scale);
            int column = 0;
            for (; column <= columns - 16; column += 16)
            {
                TFloats xs = TFloats.Load(x + column);
                TFloats dys = TFloats.Load(dy + column);
                TFloats inner = (TFloats.Load(g + column) * dys) - (xs * scales);
                TFloats.Store(TFloats.Load(share + column) + (dys * xs * rs), share + column);
                TFloats.Store(TFloats.Load(past + column) + (rs * inner), dx + column);
            }

            for (; column < columns; column++)
            {
                share[column] += dy[column] * x[column] * r;
                dx[column] = past[column] + (r * ((g[column] * dy[column]) - (x[column] * scale)));
            }
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumGain(ArrayView<float> gainGradient, ArrayView<float> shares, int rows, ArrayView<int> ended, int accumulate)
    {
        int blocks = Tiling.Count(rows, RmsNorm.GainBlockRows);
        if (!LastTile.IsThis(ended, blocks))
            return;
        int columns = (int)gainGradient.Length;
        float* total = gainGradient.Pointer();
        if (accumulate == 0)
            new Span<float>(total, columns).Clear();
        for (int block = 0; block < blocks; block++)
        {
            float* share = shares.Pointer() + ((long)block * columns);
            int column = 0;
            for (; column <= columns - 16; column += 16)
                TFloats.Store(TFloats.Load(total + column) + TFloats.Load(share + column), total + column);
            for (; column < columns; column++)
                total[column] += share[column];
        }
    }

    /// <summary>The order of a row's sum depends on its length alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares(float* x, int count)
    {
        TFloats sums = TFloats.Zero;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            TFloats xs = TFloats.Load(x + i);
            sums += xs * xs;
        }

        float sum = TFloats.Sum(sums);
        for (; i < count; i++)
            sum += x[i] * x[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float WeightedDot(float* weights, float* a, float* b, int count)
    {
        TFloats sums = TFloats.Zero;
        int i = 0;
        for (; i <= count - 16; i += 16)
            sums += TFloats.Load(weights + i) * TFloats.Load(a + i) * TFloats.Load(b + i);
        float sum = TFloats.Sum(sums);
        for (; i < count; i++)
            sum += weights[i] * a[i] * b[i];
        return sum;
    }
}
