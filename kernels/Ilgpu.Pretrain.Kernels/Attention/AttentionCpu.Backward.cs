using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <content>
/// The gradient of a score is p (dp - D) with p = exp(score - logSumExp), dp = dO v and D = dO O.
/// </content>
internal sealed unsafe partial class AttentionCpu
{
    private static void QueryGradientKernel(
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> output,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape) =>
        QueryGradientTile(Grid.IdxX, qkvGradient, dots, outputGradient, output, logSumExp, qkv, shape);

    private static void KeyValueGradientKernel(
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape) =>
        KeyValueGradientTile(Grid.IdxX, qkvGradient, dots, outputGradient, logSumExp, qkv, shape);

    /// <summary>Lanes are queries, rows are keys. D is left in <paramref name="dots"/> for the keys' and values' tiles.</summary>
    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void QueryGradientTile(
        int tile,
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> output,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape)
    {
        int size = shape.HeadSize;
        nint stride = shape.QkvColumns;
        nint outputStride = shape.OutputColumns;
        (int sequence, int head, int block) = Place(tile, shape.Heads, shape.Length);
        int count = Math.Min(Extent, shape.Length - (block * Extent));
        int vectors = Tiling.Count(count, Lanes);
        long firstToken = (long)sequence * shape.Length;
        long firstQuery = firstToken + (block * Extent);
        long queryStart = (firstQuery * stride) + (head * size);
        long outputStart = (firstQuery * outputStride) + (head * size);
        long statistics = ((((long)sequence * shape.Heads) + head) * shape.Length) + (block * Extent);
        float* keys = qkv.Pointer() + (firstToken * stride) + shape.OutputColumns + (head / shape.GroupSize * size);

        float* queries = ThreadScratch.Floats((3 * size * Extent) + (2 * Extent * Extent) + (3 * Extent));
        float* outputs = queries + (size * Extent);
        float* result = outputs + (size * Extent);
        float* scores = result + (size * Extent);
        float* weightGradients = scores + (Extent * Extent);
        float* logSums = weightGradients + (Extent * Extent);
        float* dot = logSums + Extent;
        float* scales = dot + Extent;
        AttentionBlock.Pack(queries, qkv.Pointer() + queryStart, stride, count, size, shape.Scale);
        AttentionBlock.Pack(outputs, outputGradient.Pointer() + outputStart, outputStride, count, size, 1);
        new Span<float>(result, size * Extent).Clear();
        new Span<float>(logSums, 2 * Extent).Clear();
        new Span<float>(scales, Extent).Fill(shape.Scale);
        for (int query = 0; query < count; query++)
        {
            long start = outputStart + (query * outputStride);
            logSums[query] = logSumExp[statistics + query];
            dot[query] = Dot(outputGradient.Pointer() + start, output.Pointer() + start, size);
            dots[statistics + query] = dot[query];
        }

        for (int keyBlock = 0; keyBlock <= block; keyBlock++, keys += Extent * stride)
        {
            bool diagonal = keyBlock == block;
            int keyCount = diagonal ? count : Extent;
            int step = diagonal ? Lanes : Extent;
            float* values = keys + shape.KeyValueColumns;
            for (int key = 0; key < keyCount; key += step)
            {
                int hidden = diagonal ? key / Lanes : 0;
                int lane = hidden * Lanes;
                int panel = (key * Extent) + lane;
                int rows = Math.Min(step, keyCount - key);
                AttentionBlock.Multiply(scores + panel, keys + (key * stride), stride, 1, queries + lane, rows, size, vectors - hidden, accumulate: false);
                AttentionBlock.Multiply(weightGradients + panel, values + (key * stride), stride, 1, outputs + lane, rows, size, vectors - hidden, accumulate: false);
            }

            for (int lane = 0; lane < vectors * Lanes; lane += Lanes)
            {
                int visible = diagonal ? Math.Min(lane + Lanes, keyCount) : keyCount;
                if (diagonal)
                    HideLaterKeyRows(scores + lane, lane, visible);
                ScoreGradients(scores + lane, weightGradients + lane, visible, logSums + lane, dot + lane);
            }

            for (int key = 0; key < keyCount; key += step)
            {
                int hidden = diagonal ? key / Lanes : 0;
                int lane = hidden * Lanes;
                AttentionBlock.Multiply(result + lane, keys + (key * stride), 1, stride, scores + (key * Extent) + lane, size, Math.Min(step, keyCount - key), vectors - hidden, accumulate: true);
            }
        }

        AttentionBlock.Unpack(qkvGradient.Pointer() + queryStart, stride, result, count, size, scales);
    }

    /// <summary>Lanes are keys, rows are queries.</summary>
    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void KeyValueGradientTile(
        int tile,
        ArrayView<float> qkvGradient,
        ArrayView<float> dots,
        ArrayView<float> outputGradient,
        ArrayView<float> logSumExp,
        ArrayView<float> qkv,
        AttentionShape shape)
    {
        int size = shape.HeadSize;
        nint stride = shape.QkvColumns;
        nint outputStride = shape.OutputColumns;
        (int sequence, int keyValueHead, int block) = Place(tile, shape.KeyValueHeads, shape.Length);
        int count = Math.Min(Extent, shape.Length - (block * Extent));
        int vectors = Tiling.Count(count, Lanes);
        int blocks = Tiling.Count(shape.Length, Extent);
        long firstToken = (long)sequence * shape.Length;
        long keyStart = ((firstToken + (block * Extent)) * stride) + shape.OutputColumns + (keyValueHead * size);
        long valueStart = keyStart + shape.KeyValueColumns;

        float* keys = ThreadScratch.Floats((4 * size * Extent) + (2 * Extent * Extent) + Extent);
        float* values = keys + (size * Extent);
        float* keyResult = values + (size * Extent);
        float* valueResult = keyResult + (size * Extent);
        float* weights = valueResult + (size * Extent);
        float* scoreGradients = weights + (Extent * Extent);
        float* factors = scoreGradients + (Extent * Extent);
        AttentionBlock.Pack(keys, qkv.Pointer() + keyStart, stride, count, size, shape.Scale);
        AttentionBlock.Pack(values, qkv.Pointer() + valueStart, stride, count, size, 1);
        new Span<float>(keyResult, 2 * size * Extent).Clear();

        int lastHead = (keyValueHead + 1) * shape.GroupSize;
        for (int head = keyValueHead * shape.GroupSize; head < lastHead; head++)
        {
            for (int queryBlock = block; queryBlock < blocks; queryBlock++)
            {
                bool diagonal = queryBlock == block;
                int queryCount = Math.Min(Extent, shape.Length - (queryBlock * Extent));
                int step = diagonal ? Lanes : Extent;
                long firstQuery = firstToken + (queryBlock * Extent);
                float* queries = qkv.Pointer() + (firstQuery * stride) + (head * size);
                float* outputs = outputGradient.Pointer() + (firstQuery * outputStride) + (head * size);
                long statistics = ((((long)sequence * shape.Heads) + head) * shape.Length) + (queryBlock * Extent);
                for (int query = 0; query < queryCount; query += step)
                {
                    int visible = diagonal ? (query / Lanes) + 1 : vectors;
                    int rows = Math.Min(step, queryCount - query);
                    float* panel = weights + (query * Extent);
                    float* gradientPanel = scoreGradients + (query * Extent);
                    float* queryRows = queries + (query * stride);
                    float* outputRows = outputs + (query * outputStride);
                    AttentionBlock.Multiply(panel, queryRows, stride, 1, keys, rows, size, visible, accumulate: false);
                    AttentionBlock.Multiply(gradientPanel, outputRows, outputStride, 1, values, rows, size, visible, accumulate: false);
                    if (diagonal)
                        HideLaterKeyLanes(panel, rows, visible - 1);
                    WeightsAndScoreGradients(panel, gradientPanel, rows, visible, logSumExp.Pointer() + statistics + query, dots.Pointer() + statistics + query);
                    AttentionBlock.Multiply(valueResult, outputRows, 1, outputStride, panel, size, rows, visible, accumulate: true);
                    AttentionBlock.Multiply(keyResult, queryRows, 1, stride, gradientPanel, size, rows, visible, accumulate: true);
                }
            }
        }

        new Span<float>(factors, Extent).Fill(shape.Scale);
        AttentionBlock.Unpack(qkvGradient.Pointer() + keyStart, stride, keyResult, count, size, factors);
        new Span<float>(factors, Extent).Fill(1);
        AttentionBlock.Unpack(qkvGradient.Pointer() + valueStart, stride, valueResult, count, size, factors);
    }

    /// <summary>For 16 queries, scores become their gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreGradients(float* scores, float* weightGradients, int keys, float* logSums, float* dots)
    {
        Vector512<float> logSum = Vector512.Load(logSums);
        Vector512<float> dot = Vector512.Load(dots);
        for (int key = 0; key < keys; key++)
        {
            float* row = scores + (key * Extent);
            Vector512<float> weight = VectorMath.Exp(Vector512.Load(row) - logSum);
            Vector512.Store(weight * (Vector512.Load(weightGradients + (key * Extent)) - dot), row);
        }
    }

    /// <summary>Hides the keys after each query in the square of the diagonal block that lies on the diagonal itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void HideLaterKeyLanes(float* scores, int queries, int square)
    {
        for (int query = 0; query < queries; query++)
        {
            float* row = scores + (query * Extent) + (square * Lanes);
            Vector512.Store(Vector512.Load(row) + AttentionBlock.HiddenAbove(query), row);
        }
    }

    /// <summary>Scores become weights, and the weights' gradients the scores' gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightsAndScoreGradients(float* scores, float* gradients, int queries, int vectors, float* logSums, float* dots)
    {
        for (int query = 0; query < queries; query++, scores += Extent, gradients += Extent)
        {
            Vector512<float> logSum = Vector512.Create(logSums[query]);
            Vector512<float> dot = Vector512.Create(dots[query]);
            for (int lane = 0; lane < vectors * Lanes; lane += Lanes)
            {
                Vector512<float> weight = VectorMath.Exp(Vector512.Load(scores + lane) - logSum);
                Vector512.Store(weight, scores + lane);
                Vector512.Store(weight * (Vector512.Load(gradients + lane) - dot), gradients + lane);
            }
        }
    }

    /// <summary>The order of the sum depends on the count alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* a, float* b, int count)
    {
        Vector512<float> sums = Vector512<float>.Zero;
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
            sums = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), sums);
        float sum = Vector512.Sum(sums);
        for (; i < count; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
