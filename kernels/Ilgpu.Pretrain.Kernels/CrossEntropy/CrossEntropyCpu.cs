using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Tiles of rows in SIMD, a row in cache: its extremes, then its exponentials and their sum, then the gradient. The
/// exponentials stand in the gradient's place meanwhile, so each is computed once.
/// </summary>
internal sealed unsafe class CrossEntropyCpu<TFloats> : CrossEntropy<float>
    where TFloats : unmanaged, IFloats<TFloats>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<int>, int> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float, float> forwardBackward;

    public CrossEntropyCpu(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<int>, int>(ForwardKernel));
        forwardBackward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float, float>(ForwardBackwardKernel));
    }

    private protected override void LaunchForward(in Tensor<float> losses, in Tensor<float> logits, in Tensor<int> targets)
    {
        int tiles = Tiling.Count(logits.Rows, Tiling.RowsPerTile(logits.Columns));
        forward(new KernelConfig(tiles, 1), losses.View, logits.View, targets.View, logits.Columns);
    }

    private protected override void LaunchForwardBackward(
        in Tensor<float> losses,
        in Tensor<float> logitsGradient,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale,
        float zLoss)
    {
        int tiles = Tiling.Count(logits.Rows, Tiling.RowsPerTile(logits.Columns));
        forwardBackward(new KernelConfig(tiles, 1), losses.View, logitsGradient.View, logits.View, targets.View, logits.Columns, gradientScale, zLoss);
    }

    private static void ForwardKernel(ArrayView<float> losses, ArrayView<float> logits, ArrayView<int> targets, int vocabulary) =>
        ForwardTile(Grid.IdxX, losses, logits, targets, vocabulary);

    private static void ForwardBackwardKernel(
        ArrayView<float> losses,
        ArrayView<float> logitsGradient,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        float gradientScale,
        float zLoss) => ForwardBackwardTile(Grid.IdxX, losses, logitsGradient, logits, targets, vocabulary, gradientScale, zLoss);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ForwardTile(int tile, ArrayView<float> losses, ArrayView<float> logits, ArrayView<int> targets, int vocabulary)
    {
        int perTile = Tiling.RowsPerTile(vocabulary);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)losses.Length);
        for (int row = first; row < last; row++)
        {
            int target = targets[row];
            losses[row] = target < 0 ? 0 : LogitRow<TFloats>.Loss(logits.Pointer() + ((long)row * vocabulary), vocabulary, target);
        }
    }

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ForwardBackwardTile(
        int tile,
        ArrayView<float> losses,
        ArrayView<float> logitsGradient,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        float gradientScale,
        float zLoss)
    {
        int perTile = Tiling.RowsPerTile(vocabulary);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, (int)losses.Length);
        for (int row = first; row < last; row++)
        {
            float* x = logits.Pointer() + ((long)row * vocabulary);
            float* dx = logitsGradient.Pointer() + ((long)row * vocabulary);
            int target = targets[row];
            if (target < 0)
            {
                losses[row] = 0;
                new Span<float>(dx, vocabulary).Clear();
                continue;
            }

            float targetLogit = x[target];
            float shift = LogitRow<TFloats>.Shift(x, vocabulary);
            double sum = LogitRow<TFloats>.Exponentiate(x, dx, vocabulary, shift);
            losses[row] = LogitRow<TFloats>.Loss(sum, shift, targetLogit);
            double pull = zLoss == 0 ? 1 : 1 + (2.0 * zLoss * (shift + Math.Log(sum)));
            float targetGradient = (float)(((dx[target] / sum * pull) - 1) * gradientScale);
            Scale(dx, vocabulary, (float)(gradientScale * pull / sum));
            dx[target] = targetGradient;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(float* x, int count, float factor)
    {
        int i = 0;
        for (; i <= count - 16; i += 16)
            TFloats.Store(TFloats.Load(x + i) * factor, x + i);
        for (; i < count; i++)
            x[i] *= factor;
    }
}
