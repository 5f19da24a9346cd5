using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread a token and head: a query head for the output and the queries' gradient, a key/value head for the keys'
/// and values'. Scores are recomputed in each pass over them, so that none is stored.
/// </summary>
internal sealed class AttentionNaive<T, TStorage> : Attention<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float> forward;
    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float> queryGradient;
    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float> keyValueGradient;

    public AttentionNaive(Device device)
    {
        forward = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float>(ForwardQuery);
        queryGradient = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float>(BackwardQuery);
        keyValueGradient = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<T>, ArrayView<float>, ArrayView<T>, AttentionShape, float>(BackwardKeyValue);
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
        for (int feature = 0; feature < size; feature++)
            output[target + feature] = TStorage.FromSingle(0);
        for (int other = firstToken; other <= token; other++)
        {
            long key = KeyStart(other, head / shape.GroupSize, shape);
            float probability = Probability(scale * Dot(qkv, query, qkv, key, size), logSum);
            AddScaled(output, target, probability, qkv, key + shape.KeyValueColumns, size);
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
        for (int feature = 0; feature < size; feature++)
            qkvGradient[query + feature] = TStorage.FromSingle(0);
        for (int other = token - (token % shape.Length); other <= token; other++)
        {
            long key = KeyStart(other, head / shape.GroupSize, shape);
            float probability = Probability(scale * Dot(qkv, query, qkv, key, size), logSumExp[statistic]);
            float probabilityGradient = Dot(outputGradient, outputStart, qkv, key + shape.KeyValueColumns, size);
            AddScaled(qkvGradient, query, scale * probability * (probabilityGradient - dot), qkv, key, size);
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
        for (int feature = 0; feature < size; feature++)
        {
            qkvGradient[key + feature] = TStorage.FromSingle(0);
            qkvGradient[value + feature] = TStorage.FromSingle(0);
        }

        for (int head = keyValueHead * shape.GroupSize; head < (keyValueHead + 1) * shape.GroupSize; head++)
        {
            for (int other = token; other < end; other++)
            {
                long query = QueryStart(other, head, shape);
                long outputStart = OutputStart(other, head, shape);
                long statistic = shape.StatisticIndex(other / shape.Length, head, other % shape.Length);
                float probability = Probability(scale * Dot(qkv, query, qkv, key, size), logSumExp[statistic]);
                float probabilityGradient = Dot(outputGradient, outputStart, qkv, value, size);
                AddScaled(qkvGradient, value, probability, outputGradient, outputStart, size);
                AddScaled(qkvGradient, key, scale * probability * (probabilityGradient - dots[statistic]), qkv, query, size);
            }
        }
    }

    private static long QueryStart(int token, int head, AttentionShape shape) =>
        ((long)token * shape.QkvColumns) + (head * shape.HeadSize);

    private static long KeyStart(int token, int keyValueHead, AttentionShape shape) =>
        ((long)token * shape.QkvColumns) + shape.OutputColumns + (keyValueHead * shape.HeadSize);

    private static long OutputStart(int token, int head, AttentionShape shape) =>
        ((long)token * shape.OutputColumns) + (head * shape.HeadSize);

    /// <summary>At most 1, also where a compiler fuses the score's product into the subtraction and so leaves its rounding in the exponent; NaN shows.</summary>
    private static float Probability(float score, float logSum)
    {
        float exponent = score - logSum;
        return XMath.Exp(exponent > 0 ? 0 : exponent);
    }

    private static float Dot(ArrayView<T> a, long aStart, ArrayView<T> b, long bStart, int size)
    {
        float sum = 0;
        for (int feature = 0; feature < size; feature++)
            sum += TStorage.ToSingle(a[aStart + feature]) * TStorage.ToSingle(b[bStart + feature]);
        return sum;
    }

    private static void AddScaled(ArrayView<T> target, long targetStart, float factor, ArrayView<T> source, long sourceStart, int size)
    {
        for (int feature = 0; feature < size; feature++)
            target[targetStart + feature] = TStorage.FromSingle(TStorage.ToSingle(target[targetStart + feature]) + (factor * TStorage.ToSingle(source[sourceStart + feature])));
    }
}
