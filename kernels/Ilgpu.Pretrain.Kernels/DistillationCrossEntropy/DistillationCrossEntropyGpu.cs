using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One group a row, where Naive has one thread. Three softmax sums are found in one reading of student's and teacher's row;
/// divergence and gradient in a second one, when the largest logits are known and their differences exact.
/// </summary>
/// <remarks>
/// With s bytes an element of the gradient: 8 + s bytes moved a logit from memory and 8 more from cache, six exponentials and 20
/// FLOPs. Floor: rows * vocabulary * bytes over the memory's bandwidth; for bf16 and 8192 x 32768 at 3.35 TB/s 801 us.
/// </remarks>
internal sealed class DistillationCrossEntropyGpu<T, TStorage> : DistillationCrossEntropy<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float, float, float, int> forwardBackward;

    public DistillationCrossEntropyGpu(Device device) =>
        forwardBackward = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, float, float, float, int>(ForwardBackwardKernel));

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
        forwardBackward(
            new KernelConfig(logits.Rows, RowQuads.Threads(logits.Columns)),
            crossEntropies.View,
            divergences.View,
            logitsGradient.View,
            logits.View,
            teacherLogits.View,
            targets.View,
            logits.Columns,
            inverseTemperature,
            hardWeight,
            softWeight,
            Quads.Fit(logits) && Quads.Fit(teacherLogits) && Quads.Fit(logitsGradient) ? 1 : 0);

    private static void ForwardBackwardKernel(
        ArrayView<float> crossEntropies,
        ArrayView<float> divergences,
        ArrayView<T> logitsGradient,
        ArrayView<float> logits,
        ArrayView<float> teacherLogits,
        ArrayView<int> targets,
        int vocabulary,
        float inverseTemperature,
        float hardWeight,
        float softWeight,
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
            {
                crossEntropies[row] = 0;
                divergences[row] = 0;
            }

            return;
        }

        // Its place may be the gradient's too: no thread gets past the barrier before all have read it.
        float targetLogit = logits[start + target];
        Group.Barrier();
        SoftmaxSum own = SoftmaxSum.Empty;
        SoftmaxSum soft = SoftmaxSum.Empty;
        for (int tile = 0; tile < vocabulary; tile += SoftmaxSum.Tiles * step)
        {
            Float4 a = RowQuads.Load<float, Fp32Storage>(logits, start, tile, vocabulary, wide, SoftmaxSum.Absent);
            Float4 b = RowQuads.Load<float, Fp32Storage>(logits, start, tile + step, vocabulary, wide, SoftmaxSum.Absent);
            Float4 c = RowQuads.Load<float, Fp32Storage>(logits, start, tile + (2 * step), vocabulary, wide, SoftmaxSum.Absent);
            Float4 d = RowQuads.Load<float, Fp32Storage>(logits, start, tile + (3 * step), vocabulary, wide, SoftmaxSum.Absent);
            own = own.With(a, b, c, d, 1);
            soft = soft.With(a, b, c, d, inverseTemperature);
        }

        own = own.OfGroup(1, scratch);
        soft = soft.OfGroup(inverseTemperature, scratch);
        SoftmaxSum teacher = SoftmaxSum.OfRow(teacherLogits, start, vocabulary, wide, scratch, inverseTemperature);
        float ownFactor = hardWeight / own.Sum;
        float softFactor = softWeight / soft.Sum;
        float teacherFactor = softWeight / teacher.Sum;
        float difference = 0;
        for (int tile = 0; tile < vocabulary; tile += step)
        {
            // Past the row's end the student's logit is 0: the teacher's exponential, which is 0, is multiplied by it.
            Float4 z = RowQuads.Load<float, Fp32Storage>(logits, start, tile, vocabulary, wide, 0);
            Float4 u = RowQuads.Load<float, Fp32Storage>(teacherLogits, start, tile, vocabulary, wide, SoftmaxSum.Absent);
            z = new Float4 { X = z.X - own.Largest, Y = z.Y - own.Largest, Z = z.Z - own.Largest, W = z.W - own.Largest };
            u = new Float4
            {
                X = Bounded((u.X - teacher.Largest) * inverseTemperature),
                Y = Bounded((u.Y - teacher.Largest) * inverseTemperature),
                Z = Bounded((u.Z - teacher.Largest) * inverseTemperature),
                W = Bounded((u.W - teacher.Largest) * inverseTemperature),
            };
            var q = new Float4 { X = XMath.Exp(u.X), Y = XMath.Exp(u.Y), Z = XMath.Exp(u.Z), W = XMath.Exp(u.W) };
            difference += ((q.X * (u.X - (z.X * inverseTemperature))) + (q.Y * (u.Y - (z.Y * inverseTemperature))))
                + ((q.Z * (u.Z - (z.Z * inverseTemperature))) + (q.W * (u.W - (z.W * inverseTemperature))));
            RowQuads.Store<T, TStorage>(logitsGradient, start, tile, vocabulary, wide, new Float4
            {
                X = Gradient(z.X, q.X, inverseTemperature, ownFactor, softFactor, teacherFactor),
                Y = Gradient(z.Y, q.Y, inverseTemperature, ownFactor, softFactor, teacherFactor),
                Z = Gradient(z.Z, q.Z, inverseTemperature, ownFactor, softFactor, teacherFactor),
                W = Gradient(z.W, q.W, inverseTemperature, ownFactor, softFactor, teacherFactor),
            });
        }

        difference = GroupReduce.Sum(difference, scratch);
        // The one column where the target's share goes off, once every thread has written its own.
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            crossEntropies[row] = own.Loss(targetLogit, 1);
            float divergence = (difference / teacher.Sum) + (XMath.Log(soft.Sum) - XMath.Log(teacher.Sum));
            divergences[row] = divergence < 0 ? 0 : divergence;
            float z = targetLogit - own.Largest;
            float q = XMath.Exp(Bounded((teacherLogits[start + target] - teacher.Largest) * inverseTemperature));
            float hard = ((XMath.Exp(z) / own.Sum) - 1) * hardWeight;
            logitsGradient[start + target] = TStorage.FromSingle(hard + Gradient(z, q, inverseTemperature, 0, softFactor, teacherFactor));
        }
    }

    /// <param name="z">The student's logit less the largest.</param>
    /// <param name="q">The exponential of the teacher's.</param>
    /// <param name="inverseTemperature">1 / T.</param>
    /// <param name="ownFactor">Of exp(z).</param>
    /// <param name="softFactor">Of exp(z / T).</param>
    /// <param name="teacherFactor">Of q.</param>
    private static float Gradient(float z, float q, float inverseTemperature, float ownFactor, float softFactor, float teacherFactor) =>
        (XMath.Exp(z) * ownFactor) + ((XMath.Exp(z * inverseTemperature) * softFactor) - (q * teacherFactor));
}
