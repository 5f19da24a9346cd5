using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread four elements; where the softmax needs all of a row one group a row, where Naive has one thread, and one
/// reading less of it.
/// </summary>
/// <remarks>
/// 12 bytes moved an element and member (8 for the first), with probabilities 4 more from cache, and 1 or 10 FLOPs with two
/// exponentials; 8 bytes an element to finish. Floor: rows * vocabulary * bytes over the memory's bandwidth; for 256 x 50257
/// at 3.35 TB/s 46 us a member.
/// </remarks>
internal sealed class EnsembleLogitsGpu : EnsembleLogits
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, int, float, int> addLogits;
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, int, int, float, int> addProbabilities;
    private readonly Action<KernelConfig, ArrayView<float>, int, int> divide;
    private readonly Action<KernelConfig, ArrayView<float>, float, int> logarithm;

    public EnsembleLogitsGpu(Device device, EnsembleAveraging averaging)
        : base(averaging)
    {
        addLogits = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, float, int>(AddLogitsKernel));
        addProbabilities = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, int, float, int>(AddProbabilitiesKernel));
        divide = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, int, int>(DivideKernel));
        logarithm = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, float, int>(LogarithmKernel));
    }

    private protected override void LaunchAddLogits(in Tensor<float> sum, in Tensor<float> logits, int member, float weight) =>
        addLogits(Elements(sum), sum.View, logits.View, member, weight, Quads.StartFits(sum.View) && Quads.StartFits(logits.View) ? 1 : 0);

    private protected override void LaunchAddProbabilities(in Tensor<float> sum, in Tensor<float> logits, int member, float weight) =>
        addProbabilities(
            new KernelConfig(sum.Rows, RowQuads.Threads(sum.Columns)),
            sum.View,
            logits.View,
            sum.Columns,
            member,
            weight,
            Quads.Fit(sum) && Quads.Fit(logits) ? 1 : 0);

    private protected override void LaunchDivide(in Tensor<float> sum, int members) =>
        divide(Elements(sum), sum.View, members, Quads.StartFits(sum.View) ? 1 : 0);

    private protected override void LaunchLogarithm(in Tensor<float> sum, float logMembers) =>
        logarithm(Elements(sum), sum.View, logMembers, Quads.StartFits(sum.View) ? 1 : 0);

    private static KernelConfig Elements(in Tensor<float> sum) => Quads.Launch((sum.Length + 3) / 4);

    private static void AddLogitsKernel(ArrayView<float> sum, ArrayView<float> logits, int member, float weight, int wide)
    {
        long first = First();
        if (wide != 0 && first + 4 <= sum.Length)
        {
            Float4 x = Times(Fp32Storage.Load4(logits, first >> 2), weight);
            if (member > 1)
                x = Plus(Fp32Storage.Load4(sum, first >> 2), x);
            Fp32Storage.Store4(sum, first >> 2, x);
            return;
        }

        for (long i = first; i < first + 4 && i < sum.Length; i++)
            sum[i] = member == 1 ? weight * logits[i] : sum[i] + (weight * logits[i]);
    }

    private static void AddProbabilitiesKernel(ArrayView<float> sum, ArrayView<float> logits, int vocabulary, int member, float weight, int isWide)
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(GroupReduce.Scratch);
        bool wide = isWide != 0;
        long start = (long)Grid.IdxX * vocabulary;
        SoftmaxSum softmax = SoftmaxSum.OfRow(logits, start, vocabulary, wide, scratch);
        // Subtracted one after the other: their sum would be rounded at the size of the logits.
        float logSum = XMath.Log(softmax.Sum);
        for (int tile = 0; tile < vocabulary; tile += RowQuads.Tile)
        {
            Float4 before = member > 1 ? RowQuads.Load<float, Fp32Storage>(sum, start, tile, vocabulary, wide, 0) : default;
            Float4 x = RowQuads.Load<float, Fp32Storage>(logits, start, tile, vocabulary, wide, SoftmaxSum.Absent);
            var probabilities = new Float4
            {
                X = Probability(x.X - softmax.Largest - logSum),
                Y = Probability(x.Y - softmax.Largest - logSum),
                Z = Probability(x.Z - softmax.Largest - logSum),
                W = Probability(x.W - softmax.Largest - logSum),
            };
            RowQuads.Store<float, Fp32Storage>(sum, start, tile, vocabulary, wide, Plus(before, Times(probabilities, weight)));
        }
    }

    private static void DivideKernel(ArrayView<float> sum, int members, int wide)
    {
        long first = First();
        if (wide != 0 && first + 4 <= sum.Length)
        {
            Float4 x = Fp32Storage.Load4(sum, first >> 2);
            Fp32Storage.Store4(sum, first >> 2, new Float4 { X = x.X / members, Y = x.Y / members, Z = x.Z / members, W = x.W / members });
            return;
        }

        for (long i = first; i < first + 4 && i < sum.Length; i++)
            sum[i] /= members;
    }

    private static void LogarithmKernel(ArrayView<float> sum, float logMembers, int wide)
    {
        long first = First();
        if (wide != 0 && first + 4 <= sum.Length)
        {
            Float4 x = Fp32Storage.Load4(sum, first >> 2);
            Fp32Storage.Store4(sum, first >> 2, new Float4
            {
                X = Logarithm(x.X, logMembers),
                Y = Logarithm(x.Y, logMembers),
                Z = Logarithm(x.Z, logMembers),
                W = Logarithm(x.W, logMembers),
            });
            return;
        }

        for (long i = first; i < first + 4 && i < sum.Length; i++)
            sum[i] = Logarithm(sum[i], logMembers);
    }

    private static long First() => (((long)Grid.IdxX * Group.DimX) + Group.IdxX) * 4;

    private static Float4 Plus(Float4 a, Float4 b) => new() { X = a.X + b.X, Y = a.Y + b.Y, Z = a.Z + b.Z, W = a.W + b.W };

    private static Float4 Times(Float4 x, float factor) => new() { X = x.X * factor, Y = x.Y * factor, Z = x.Z * factor, W = x.W * factor };

    private static float Probability(float logarithm) => logarithm < LeastLogProbability ? 0 : XMath.Exp(logarithm);

    private static float Logarithm(float probability, float logMembers) =>
        probability == 0 ? float.MinValue : XMath.Log(probability) - logMembers;
}
