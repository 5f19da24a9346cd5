using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One group a row, where Naive has one thread. Gradients take a reading of the row's exponentials for each member,
/// curvatures one for each member and four others: after the first reading all of them from cache, where a row of all
/// members' logits fits it.
/// </summary>
/// <remarks>
/// With n members 4 n + 8 bytes moved a column from memory and about (n^2 + 6 n) / 2 * 4 more from cache, two exponentials
/// and 3 n^2 / 2 + 5 n FLOPs. Floor: rows * vocabulary * (4 n + 8) over the memory's bandwidth; for 256 x 50257 and 8 members
/// at 3.35 TB/s 154 us.
/// </remarks>
internal sealed class LogitMixtureGpu : LogitMixture
{
    /// <summary>Pairs that a reading of the row serves.</summary>
    private const int Others = 4;

    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int> evaluate;

    public LogitMixtureGpu(Device device) =>
        evaluate = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int, int>(EvaluateKernel));

    private protected override void Launch(
        in Tensor<float> losses,
        in Tensor<float> gradients,
        in Tensor<float> curvatures,
        in Tensor<float> mixture,
        in Tensor<float> logits,
        in Tensor<float> weights,
        in Tensor<int> targets) =>
        evaluate(
            new KernelConfig(mixture.Rows, RowQuads.Threads(mixture.Columns)),
            losses.View,
            gradients.View,
            curvatures.View,
            mixture.View,
            logits.View,
            weights.View,
            targets.View,
            mixture.Columns,
            Quads.Fit(mixture) && Quads.Fit(logits) ? 1 : 0);

    private static void EvaluateKernel(
        ArrayView<float> losses,
        ArrayView<float> gradients,
        ArrayView<float> curvatures,
        ArrayView<float> mixture,
        ArrayView<float> logits,
        ArrayView<float> weights,
        ArrayView<int> targets,
        int vocabulary,
        int isWide)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(4 * GroupReduce.Scratch);
        bool wide = isWide != 0;
        int row = Grid.IdxX;
        int members = (int)weights.Length;
        long start = (long)row * vocabulary;
        long gradient = (long)row * members;
        int pairs = members * (members + 1) / 2;
        long curvature = (long)row * pairs;
        int target = targets[row];
        if (target < 0)
        {
            for (int member = Group.IdxX; member < members; member += Group.DimX)
                gradients[gradient + member] = 0;
            for (int pair = Group.IdxX; pair < pairs; pair += Group.DimX)
                curvatures[curvature + pair] = 0;
            if (Group.IdxX == 0)
                losses[row] = 0;
            return;
        }

        SoftmaxSum softmax = Mix(mixture, logits, weights, start, vocabulary, wide, scratch);
        // The first thread reads the target's place, which another has written, before exponentials come there.
        Group.Barrier();
        if (Group.IdxX == 0)
            losses[row] = softmax.Loss(mixture[start + target], 1);
        Group.Barrier();
        float factor = 1 / softmax.Sum;
        for (int tile = 0; tile < vocabulary; tile += RowQuads.Tile)
        {
            Float4 s = RowQuads.Load<float, Fp32Storage>(mixture, start, tile, vocabulary, wide, SoftmaxSum.Absent);
            RowQuads.Store<float, Fp32Storage>(mixture, start, tile, vocabulary, wide, Probabilities(s, softmax.Largest, factor));
        }

        for (int member = 0; member < members; member++)
        {
            long z = (member * mixture.Length) + start;
            float center = logits[z + target];
            float sum = 0;
            for (int tile = 0; tile < vocabulary; tile += RowQuads.Tile)
            {
                Float4 q = RowQuads.Load<float, Fp32Storage>(mixture, start, tile, vocabulary, wide, 0);
                sum += Dot(q, Less(RowQuads.Load<float, Fp32Storage>(logits, z, tile, vocabulary, wide, 0), center));
            }

            sum = GroupReduce.Sum(sum, scratch);
            if (Group.IdxX == 0)
                gradients[gradient + member] = sum;
        }

        // All threads read what the first one wrote.
        Group.Barrier();
        for (int member = 0; member < members; member++)
        {
            long z = (member * mixture.Length) + start;
            float center = logits[z + target] + gradients[gradient + member];
            for (int first = 0; first <= member; first += Others)
            {
                Float4 sums = Products(mixture, logits, gradients, start, gradient, target, z, center, first, member, vocabulary, wide);
                sums = GroupReduce.Sum(sums, scratch);
                if (Group.IdxX == 0)
                    Write(curvatures, curvature + (member * (member + 1) / 2), first, member, sums);
            }
        }
    }

    /// <summary>The weighted sum of all members' rows, into the mixture's; each thread reads again what it wrote itself.</summary>
    private static SoftmaxSum Mix(
        ArrayView<float> mixture,
        ArrayView<float> logits,
        ArrayView<float> weights,
        long start,
        int vocabulary,
        bool wide,
        ArrayView<float> scratch)
    {
        for (int tile = 0; tile < vocabulary; tile += RowQuads.Tile)
        {
            Float4 sum = default;
            for (int member = 0; member < weights.Length; member++)
            {
                float weight = weights[member];
                Float4 x = RowQuads.Load<float, Fp32Storage>(logits, (member * mixture.Length) + start, tile, vocabulary, wide, 0);
                sum = new Float4
                {
                    X = sum.X + (weight * x.X),
                    Y = sum.Y + (weight * x.Y),
                    Z = sum.Z + (weight * x.Z),
                    W = sum.W + (weight * x.W),
                };
            }

            RowQuads.Store<float, Fp32Storage>(mixture, start, tile, vocabulary, wide, sum);
        }

        return SoftmaxSum.OfRow(mixture, start, vocabulary, wide, scratch);
    }

    /// <summary>The calling thread's part of the products of one member with four others; where those are fewer, the last again.</summary>
    private static Float4 Products(
        ArrayView<float> mixture,
        ArrayView<float> logits,
        ArrayView<float> gradients,
        long start,
        long gradient,
        int target,
        long z,
        float center,
        int first,
        int member,
        int vocabulary,
        bool wide)
    {
        int second = XMath.Min(first + 1, member);
        int third = XMath.Min(first + 2, member);
        int fourth = XMath.Min(first + 3, member);
        long a = (first * mixture.Length) + start;
        long b = (second * mixture.Length) + start;
        long c = (third * mixture.Length) + start;
        long d = (fourth * mixture.Length) + start;
        float centerA = logits[a + target] + gradients[gradient + first];
        float centerB = logits[b + target] + gradients[gradient + second];
        float centerC = logits[c + target] + gradients[gradient + third];
        float centerD = logits[d + target] + gradients[gradient + fourth];
        Float4 sums = default;
        for (int tile = 0; tile < vocabulary; tile += RowQuads.Tile)
        {
            Float4 q = RowQuads.Load<float, Fp32Storage>(mixture, start, tile, vocabulary, wide, 0);
            Float4 x = Less(RowQuads.Load<float, Fp32Storage>(logits, z, tile, vocabulary, wide, 0), center);
            var weighted = new Float4 { X = q.X * x.X, Y = q.Y * x.Y, Z = q.Z * x.Z, W = q.W * x.W };
            sums = new Float4
            {
                X = sums.X + Dot(weighted, Less(RowQuads.Load<float, Fp32Storage>(logits, a, tile, vocabulary, wide, 0), centerA)),
                Y = sums.Y + Dot(weighted, Less(RowQuads.Load<float, Fp32Storage>(logits, b, tile, vocabulary, wide, 0), centerB)),
                Z = sums.Z + Dot(weighted, Less(RowQuads.Load<float, Fp32Storage>(logits, c, tile, vocabulary, wide, 0), centerC)),
                W = sums.W + Dot(weighted, Less(RowQuads.Load<float, Fp32Storage>(logits, d, tile, vocabulary, wide, 0), centerD)),
            };
        }

        return sums;
    }

    private static void Write(ArrayView<float> curvatures, long place, int first, int member, Float4 sums)
    {
        curvatures[place + first] = sums.X;
        if (first + 1 <= member)
            curvatures[place + first + 1] = sums.Y;
        if (first + 2 <= member)
            curvatures[place + first + 2] = sums.Z;
        if (first + 3 <= member)
            curvatures[place + first + 3] = sums.W;
    }

    private static Float4 Probabilities(Float4 x, float largest, float factor) => new()
    {
        X = XMath.Exp(x.X - largest) * factor,
        Y = XMath.Exp(x.Y - largest) * factor,
        Z = XMath.Exp(x.Z - largest) * factor,
        W = XMath.Exp(x.W - largest) * factor,
    };

    private static Float4 Less(Float4 x, float by) => new() { X = x.X - by, Y = x.Y - by, Z = x.Z - by, W = x.W - by };

    private static float Dot(Float4 a, Float4 b) => ((a.X * b.X) + (a.Y * b.Y)) + ((a.Z * b.Z) + (a.W * b.W));
}
