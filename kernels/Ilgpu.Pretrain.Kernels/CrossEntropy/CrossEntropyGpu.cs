using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One group a row, where Naive has one thread. Largest logit and sum of exponentials are found in one reading of the row,
/// sixteen logits a thread at a time, where Naive reads it twice; the gradient is a second reading, from cache as far as it
/// holds the rows under way.
/// </summary>
/// <remarks>
/// With s bytes an element of the gradient: forward 4 bytes moved a logit, with the gradient 4 + s from memory and 4 more from
/// cache; one exponential and 5 FLOPs a logit, two and 8 with the gradient. Floor: rows * vocabulary * bytes over the memory's
/// bandwidth; for bf16 and 8192 x 32768 at 3.35 TB/s 321 and 481 us.
/// </remarks>
internal sealed class CrossEntropyGpu<T, TStorage> : CrossEntropy<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int> forward;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<int>, int, float, float, int> forwardBackward;

    public CrossEntropyGpu(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int>(ForwardKernel));
        forwardBackward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<int>, int, float, float, int>(ForwardBackwardKernel));
    }

    private protected override void LaunchForward(in Tensor<float> losses, in Tensor<float> logits, in Tensor<int> targets) =>
        forward(
            new KernelConfig(logits.Rows, RowQuads.Threads(logits.Columns)),
            losses.View,
            logits.View,
            targets.View,
            logits.Columns,
            Quads.Fit(logits) ? 1 : 0);

    private protected override void LaunchForwardBackward(
        in Tensor<float> losses,
        in Tensor<T> logitsGradient,
        in Tensor<float> logits,
        in Tensor<int> targets,
        float gradientScale,
        float zLoss) =>
        forwardBackward(
            new KernelConfig(logits.Rows, RowQuads.Threads(logits.Columns)),
            losses.View,
            logitsGradient.View,
            logits.View,
            targets.View,
            logits.Columns,
            gradientScale,
            zLoss,
            Quads.Fit(logits) && Quads.Fit(logitsGradient) ? 1 : 0);

    private static void ForwardKernel(
        ArrayView<float> losses,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        int wide)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(GroupReduce.Scratch);
        int row = Grid.IdxX;
        long start = (long)row * vocabulary;
        int target = targets[row];
        float loss = 0;
        if (target >= 0)
            loss = SoftmaxSum.OfRow(logits, start, vocabulary, wide != 0, scratch).Loss(logits[start + target], 1);
        if (Group.IdxX == 0)
            losses[row] = loss;
    }

    private static void ForwardBackwardKernel(
        ArrayView<float> losses,
        ArrayView<T> logitsGradient,
        ArrayView<float> logits,
        ArrayView<int> targets,
        int vocabulary,
        float gradientScale,
        float zLoss,
        int isWide)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(GroupReduce.Scratch);
        bool wide = isWide != 0;
        int row = Grid.IdxX;
        long start = (long)row * vocabulary;
        int target = targets[row];
        int step = RowQuads.Tile;
        if (target < 0)
        {
            for (int tile = 0; tile < vocabulary; tile += step)
                RowQuads.Store<T, TStorage>(logitsGradient, start, tile, vocabulary, wide, default);
            if (Group.IdxX == 0)
                losses[row] = 0;
            return;
        }

        // Its place may be the gradient's too: no thread gets past the barrier before all have read it.
        float targetLogit = logits[start + target];
        Group.Barrier();
        SoftmaxSum sum = SoftmaxSum.OfRow(logits, start, vocabulary, wide, scratch);
        float pull = zLoss == 0 ? 1 : 1 + (2 * zLoss * (XMath.Log(sum.Sum) + sum.Largest));
        float factor = gradientScale * pull / sum.Sum;
        for (int tile = 0; tile < vocabulary; tile += 4 * step)
        {
            Float4 a = RowQuads.Load<float, Fp32Storage>(logits, start, tile, vocabulary, wide, SoftmaxSum.Absent);
            Float4 b = RowQuads.Load<float, Fp32Storage>(logits, start, tile + step, vocabulary, wide, SoftmaxSum.Absent);
            Float4 c = RowQuads.Load<float, Fp32Storage>(logits, start, tile + (2 * step), vocabulary, wide, SoftmaxSum.Absent);
            Float4 d = RowQuads.Load<float, Fp32Storage>(logits, start, tile + (3 * step), vocabulary, wide, SoftmaxSum.Absent);
            RowQuads.Store<T, TStorage>(logitsGradient, start, tile, vocabulary, wide, Scaled(a, sum.Largest, factor));
            RowQuads.Store<T, TStorage>(logitsGradient, start, tile + step, vocabulary, wide, Scaled(b, sum.Largest, factor));
            RowQuads.Store<T, TStorage>(logitsGradient, start, tile + (2 * step), vocabulary, wide, Scaled(c, sum.Largest, factor));
            RowQuads.Store<T, TStorage>(logitsGradient, start, tile + (3 * step), vocabulary, wide, Scaled(d, sum.Largest, factor));
        }

        // The one column where the target's share goes off, once every thread has written its own.
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            losses[row] = sum.Loss(targetLogit, 1);
            float probability = XMath.Exp(targetLogit - sum.Largest) / sum.Sum * pull;
            logitsGradient[start + target] = TStorage.FromSingle((probability - 1) * gradientScale);
        }
    }

    private static Float4 Scaled(Float4 x, float largest, float factor) => new()
    {
        X = XMath.Exp(x.X - largest) * factor,
        Y = XMath.Exp(x.Y - largest) * factor,
        Z = XMath.Exp(x.Z - largest) * factor,
        W = XMath.Exp(x.W - largest) * factor,
    };
}
