using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread a token and head: a query head for the output and the queries' gradient, a key/value head for the keys'
/// and values'. Scores are recomputed in each pass over them, so that none is stored; sums are kept in fp32, 16 features
/// at a time, each in a pass of its own.
/// </summary>
internal sealed class AttentionNaive<T, TStorage> : Attention<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    /// <summary>Features that one pass sums: what <see cref="RowSums"/> holds.</summary>
    private const int Features = 16;

    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float> forward;
    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float> queryGradient;
    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float> keyValueGradient;

    public AttentionNaive(Device device)
    {
        forward = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float>(ForwardQuery));
        queryGradient = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float>(BackwardQuery));
        keyValueGradient = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float>(BackwardKeyValue));
    }

    private protected override void LaunchForward(in Tensor<T> output, in Tensor<float> logSumExp, in Tensor<T> qkv, AttentionShape shape) =>
        forward(shape.Tokens * shape.Heads, output.View, logSumExp.View, qkv.View, shape, shape.Scale);

    private protected override void LaunchBackward(
        in Tensor<T> qkvGradient,
        in Tensor<T> outputGradient,
        in Tensor<T> output,
        in Tensor<float> logSumExp,
        in Tensor<T> qkv,
        in Tensor<float> scratch,
        AttentionShape shape)
    {
        queryGradient(shape.Tokens * shape.Heads, qkvGradient.View, scratch.View, outputGradient.View, output.View, logSumExp.View, qkv.View, shape, shape.Scale);
        keyValueGradient(shape.Tokens * shape.KeyValueHeads, qkvGradient.View, scratch.View, outputGradient.View, logSumExp.View, qkv.View, shape, shape.Scale);
    }

    private static void ForwardQuery(
        Index1D index,
        ArrayView<T> output,
        ArrayView<float> logSumExp,
        ArrayView<T> qkv,
        AttentionShape shape,
        float scale)
    {
        int head = index % shape.Heads;
        int token = index / shape.Heads;
        int firstToken = token - (token % shape.Length);
        int size = shape.HeadSize;
        long query = QueryStart(token, head, shape);
        float largest = float.NegativeInfinity;
        float sum = 0;
        for (int other = firstToken; other <= token; other++)
        {
            float score = scale * Dot(qkv, query, qkv, KeyStart(other, head / shape.GroupSize, shape), size);
            float newLargest = XMath.Max(largest, score);
            sum = (sum * XMath.Exp(largest - newLargest)) + XMath.Exp(score - newLargest);
            largest = newLargest;
        }

        float logSum = largest + XMath.Log(sum);
        logSumExp[shape.StatisticIndex(token / shape.Length, head, token % shape.Length)] = logSum;
        long target = OutputStart(token, head, shape);
        for (int feature = 0; feature < size; feature += Features)
        {
            RowSums sums = default;
            for (int other = firstToken; other <= token; other++)
            {
                long key = KeyStart(other, head / shape.GroupSize, shape);
                float probability = AttentionProbability.Of(scale * Dot(qkv, query, qkv, key, size), logSum);
                sums = AddScaled(sums, probability, qkv, key + shape.KeyValueColumns + feature, size - feature);
            }

            Store(output, target + feature, sums, size - feature);
        }
    }

    /// <summary>
    /// The gradient of a score is p (dO v - D) with D = dO O, which is left in <paramref name="dots"/> for
    /// <see cref="BackwardKeyValue"/>.
    /// </summary>
    private static void BackwardQuery(
        Index1D index,
        ArrayView<T> qkvGradient,
        ArrayView<float> dots,
        ArrayView<T> outputGradient,
        ArrayView<T> output,
        ArrayView<float> logSumExp,
        ArrayView<T> qkv,
        AttentionShape shape,
        float scale)
    {
        int head = index % shape.Heads;
        int token = index / shape.Heads;
        int size = shape.HeadSize;
        long query = QueryStart(token, head, shape);
        long outputStart = OutputStart(token, head, shape);
        long statistic = shape.StatisticIndex(token / shape.Length, head, token % shape.Length);
        float dot = Dot(outputGradient, outputStart, output, outputStart, size);
        dots[statistic] = dot;
        for (int feature = 0; feature < size; feature += Features)
        {
            RowSums sums = default;
            for (int other = token - (token % shape.Length); other <= token; other++)
            {
                long key = KeyStart(other, head / shape.GroupSize, shape);
                float probability = AttentionProbability.Of(scale * Dot(qkv, query, qkv, key, size), logSumExp[statistic]);
                float probabilityGradient = Dot(outputGradient, outputStart, qkv, key + shape.KeyValueColumns, size);
                sums = AddScaled(sums, scale * probability * (probabilityGradient - dot), qkv, key + feature, size - feature);
            }

            Store(qkvGradient, query + feature, sums, size - feature);
        }
    }

    private static void BackwardKeyValue(
        Index1D index,
        ArrayView<T> qkvGradient,
        ArrayView<float> dots,
        ArrayView<T> outputGradient,
        ArrayView<float> logSumExp,
        ArrayView<T> qkv,
        AttentionShape shape,
        float scale)
    {
        int keyValueHead = index % shape.KeyValueHeads;
        int token = index / shape.KeyValueHeads;
        int size = shape.HeadSize;
        int end = token - (token % shape.Length) + shape.Length;
        long key = KeyStart(token, keyValueHead, shape);
        long value = key + shape.KeyValueColumns;
        for (int feature = 0; feature < size; feature += Features)
        {
            RowSums keySums = default;
            RowSums valueSums = default;
            for (int head = keyValueHead * shape.GroupSize; head < (keyValueHead + 1) * shape.GroupSize; head++)
            {
                for (int other = token; other < end; other++)
                {
                    long query = QueryStart(other, head, shape);
                    long outputStart = OutputStart(other, head, shape);
                    long statistic = shape.StatisticIndex(other / shape.Length, head, other % shape.Length);
                    float probability = AttentionProbability.Of(scale * Dot(qkv, query, qkv, key, size), logSumExp[statistic]);
                    float probabilityGradient = Dot(outputGradient, outputStart, qkv, value, size);
                    valueSums = AddScaled(valueSums, probability, outputGradient, outputStart + feature, size - feature);
                    keySums = AddScaled(keySums, scale * probability * (probabilityGradient - dots[statistic]), qkv, query + feature, size - feature);
                }
            }

            Store(qkvGradient, key + feature, keySums, size - feature);
            Store(qkvGradient, value + feature, valueSums, size - feature);
        }
    }

    private static long QueryStart(int token, int head, AttentionShape shape) =>
        ((long)token * shape.QkvColumns) + (head * shape.HeadSize);

    private static long KeyStart(int token, int keyValueHead, AttentionShape shape) =>
        ((long)token * shape.QkvColumns) + shape.OutputColumns + (keyValueHead * shape.HeadSize);

    private static long OutputStart(int token, int head, AttentionShape shape) =>
        ((long)token * shape.OutputColumns) + (head * shape.HeadSize);

    private static float Dot(ArrayView<T> a, long aStart, ArrayView<T> b, long bStart, int size)
    {
        float sum = 0;
        for (int feature = 0; feature < size; feature++)
            sum += TStorage.ToSingle(a[aStart + feature]) * TStorage.ToSingle(b[bStart + feature]);
        return sum;
    }

    /// <summary>Adds to as many of <see cref="Features"/> features as <paramref name="count"/> allows.</summary>
    private static RowSums AddScaled(RowSums sums, float factor, ArrayView<T> source, long start, int count) => new()
    {
        R0 = AddScaled(sums.R0, factor, source, start, count),
        R1 = AddScaled(sums.R1, factor, source, start + 4, count - 4),
        R2 = AddScaled(sums.R2, factor, source, start + 8, count - 8),
        R3 = AddScaled(sums.R3, factor, source, start + 12, count - 12),
    };

    private static Float4 AddScaled(Float4 sums, float factor, ArrayView<T> source, long start, int count)
    {
        if (count > 0)
            sums.X += factor * TStorage.ToSingle(source[start]);
        if (count > 1)
            sums.Y += factor * TStorage.ToSingle(source[start + 1]);
        if (count > 2)
            sums.Z += factor * TStorage.ToSingle(source[start + 2]);
        if (count > 3)
            sums.W += factor * TStorage.ToSingle(source[start + 3]);
        return sums;
    }

    private static void Store(ArrayView<T> target, long start, RowSums sums, int count)
    {
        Store(target, start, sums.R0, count);
        Store(target, start + 4, sums.R1, count - 4);
        Store(target, start + 8, sums.R2, count - 8);
        Store(target, start + 12, sums.R3, count - 12);
    }

    private static void Store(ArrayView<T> target, long start, Float4 sums, int count)
    {
        if (count > 0)
            target[start] = TStorage.FromSingle(sums.X);
        if (count > 1)
            target[start + 1] = TStorage.FromSingle(sums.Y);
        if (count > 2)
            target[start + 2] = TStorage.FromSingle(sums.Z);
        if (count > 3)
            target[start + 3] = TStorage.FromSingle(sums.W);
    }
}
