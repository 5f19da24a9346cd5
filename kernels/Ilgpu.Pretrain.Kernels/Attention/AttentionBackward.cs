using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The backward pass of attention over host memory, block by block; arguments as in <see cref="Attention{T}.Backward"/>.</summary>
/// <param name="qkvGradient">tokens x <see cref="AttentionShape.QkvColumns"/>.</param>
/// <param name="dots">(batch * heads) x length: D of each query.</param>
/// <param name="outputGradient">tokens x (heads * headSize).</param>
/// <param name="output">tokens x (heads * headSize).</param>
/// <param name="logSumExp">(batch * heads) x length.</param>
/// <param name="qkv">tokens x <see cref="AttentionShape.QkvColumns"/>.</param>
/// <param name="shape">The extents.</param>
internal readonly unsafe struct AttentionBackward<TFloats>(
    float* qkvGradient,
    float* dots,
    float* outputGradient,
    float* output,
    float* logSumExp,
    float* qkv,
    AttentionShape shape)
    where TFloats : unmanaged, IFloats<TFloats>
{
    private const int Extent = AttentionBlock<TFloats>.Extent;
    private const int Lanes = AttentionBlock<TFloats>.Lanes;

    /// <summary>The gradient of a block of queries, and their D. Lanes are queries, rows are keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void QueryBlock(int sequence, int head, int block)
    {
        int size = shape.HeadSize;
        nint stride = shape.QkvColumns;
        nint outputStride = shape.OutputColumns;
        int count = Math.Min(Extent, shape.Length - (block * Extent));
        int vectors = Tiling.Count(count, Lanes);
        long firstToken = (long)sequence * shape.Length;
        long firstQuery = firstToken + (block * Extent);
        long queryStart = (firstQuery * stride) + (head * size);
        long outputStart = (firstQuery * outputStride) + (head * size);
        long statistics = shape.StatisticIndex(sequence, head, block * Extent);
        float* keys = qkv + (firstToken * stride) + shape.OutputColumns + (head / shape.GroupSize * size);

        float* queries = ThreadScratch.Floats(((3 * size) + (2 * Extent) + 3) * Extent);
        float* outputs = queries + (size * Extent);
        float* result = outputs + (size * Extent);
        float* scores = result + (size * Extent);
        float* weightGradients = scores + (Extent * Extent);
        float* logSums = weightGradients + (Extent * Extent);
        float* dot = logSums + Extent;
        float* ones = dot + Extent;
        AttentionBlock<TFloats>.Pack(queries, qkv + queryStart, stride, count, size);
        AttentionBlock<TFloats>.Pack(outputs, outputGradient + outputStart, outputStride, count, size);
        new Span<float>(result, size * Extent).Clear();
        new Span<float>(logSums, 2 * Extent).Clear();
        new Span<float>(ones, Extent).Fill(1);
        Dots(outputStart, statistics, count);
        new Span<float>(dots + statistics, count).CopyTo(new Span<float>(dot, count));
        new Span<float>(logSumExp + statistics, count).CopyTo(new Span<float>(logSums, count));

        for (int keyBlock = 0; keyBlock <= block; keyBlock++, keys += Extent * stride)
        {
            bool diagonal = keyBlock == block;
            int keyCount = diagonal ? count : Extent;
            int step = diagonal ? Lanes : Extent;
            for (int key = 0; key < keyCount; key += step)
            {
                int hidden = diagonal ? key : 0;
                int corner = (key * Extent) + hidden;
                int rows = Math.Min(step, keyCount - key);
                int visible = vectors - (hidden / Lanes);
                var keyRows = new Elements(keys + (key * stride), stride, 1);
                var valueRows = new Elements(keys + shape.KeyValueColumns + (key * stride), stride, 1);
                AttentionBlock<TFloats>.Multiply(new Panel(scores + corner, Extent), keyRows, new Panel(queries + hidden, Extent), rows, size, visible, accumulate: false);
                AttentionBlock<TFloats>.Multiply(new Panel(weightGradients + corner, Extent), valueRows, new Panel(outputs + hidden, Extent), rows, size, visible, accumulate: false);
            }

            for (int lane = 0; lane < vectors * Lanes; lane += Lanes)
            {
                int visible = diagonal ? Math.Min(lane + Lanes, keyCount) : keyCount;
                if (diagonal)
                    AttentionBlock<TFloats>.HideLaterKeyRows(scores + lane, lane, visible);
                ScoreGradients(scores + lane, weightGradients + lane, visible, logSums + lane, dot + lane);
            }

            for (int key = 0; key < keyCount; key += step)
            {
                int hidden = diagonal ? key : 0;
                int rows = Math.Min(step, keyCount - key);
                var keyColumns = new Elements(keys + (key * stride), 1, stride);
                AttentionBlock<TFloats>.Multiply(new Panel(result + hidden, Extent), keyColumns, new Panel(scores + (key * Extent) + hidden, Extent), size, rows, vectors - (hidden / Lanes), accumulate: true);
            }
        }

        AttentionBlock<TFloats>.Unpack(qkvGradient + queryStart, stride, result, count, size, ones);
    }

    /// <summary>
    /// The gradient of a block of keys and of their values; lanes are keys, rows are queries. With queries, which takes a
    /// head size that is a multiple of <see cref="AttentionBlock{TFloats}.Lanes"/>: what this block adds to the gradient of all
    /// queries that see it too, block 0 being the first to.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void KeyValueBlock(int sequence, int keyValueHead, int block, bool withQueries)
    {
        int size = shape.HeadSize;
        nint stride = shape.QkvColumns;
        nint outputStride = shape.OutputColumns;
        int count = Math.Min(Extent, shape.Length - (block * Extent));
        int vectors = Tiling.Count(count, Lanes);
        int blocks = Tiling.Count(shape.Length, Extent);
        long firstToken = (long)sequence * shape.Length;
        long keyStart = ((firstToken + (block * Extent)) * stride) + shape.OutputColumns + (keyValueHead * size);
        long valueStart = keyStart + shape.KeyValueColumns;

        float* keys = ThreadScratch.Floats(((4 * size) + (2 * Extent) + 1) * Extent);
        float* values = keys + (size * Extent);
        float* keyResult = values + (size * Extent);
        float* valueResult = keyResult + (size * Extent);
        float* weights = valueResult + (size * Extent);
        float* scoreGradients = weights + (Extent * Extent);
        float* ones = scoreGradients + (Extent * Extent);
        AttentionBlock<TFloats>.Pack(keys, qkv + keyStart, stride, count, size);
        AttentionBlock<TFloats>.Pack(values, qkv + valueStart, stride, count, size);
        new Span<float>(keyResult, 2 * size * Extent).Clear();
        new Span<float>(ones, Extent).Fill(1);

        int lastHead = (keyValueHead + 1) * shape.GroupSize;
        for (int head = keyValueHead * shape.GroupSize; head < lastHead; head++)
        {
            for (int queryBlock = block; queryBlock < blocks; queryBlock++)
            {
                bool diagonal = queryBlock == block;
                int queryCount = Math.Min(Extent, shape.Length - (queryBlock * Extent));
                int step = diagonal ? Lanes : Extent;
                long firstQuery = firstToken + (queryBlock * Extent);
                long queryStart = (firstQuery * stride) + (head * size);
                long outputStart = (firstQuery * outputStride) + (head * size);
                long statistics = shape.StatisticIndex(sequence, head, queryBlock * Extent);
                if (withQueries && block == 0)
                    Dots(outputStart, statistics, queryCount);
                for (int query = 0; query < queryCount; query += step)
                {
                    int visible = diagonal ? (query / Lanes) + 1 : vectors;
                    int rows = Math.Min(step, queryCount - query);
                    float* queryRows = qkv + queryStart + (query * stride);
                    float* outputRows = outputGradient + outputStart + (query * outputStride);
                    var panel = new Panel(weights + (query * Extent), Extent);
                    var gradientPanel = new Panel(scoreGradients + (query * Extent), Extent);
                    AttentionBlock<TFloats>.Multiply(panel, new Elements(queryRows, stride, 1), new Panel(keys, Extent), rows, size, visible, accumulate: false);
                    AttentionBlock<TFloats>.Multiply(gradientPanel, new Elements(outputRows, outputStride, 1), new Panel(values, Extent), rows, size, visible, accumulate: false);
                    if (diagonal)
                        AttentionBlock<TFloats>.HideLaterKeyLanes(panel.Start + ((visible - 1) * Lanes), rows);
                    WeightsAndScoreGradients(panel.Start, gradientPanel.Start, rows, visible, logSumExp + statistics + query, dots + statistics + query);
                    AttentionBlock<TFloats>.Multiply(new Panel(valueResult, Extent), new Elements(outputRows, 1, outputStride), panel, size, rows, visible, accumulate: true);
                    AttentionBlock<TFloats>.Multiply(new Panel(keyResult, Extent), new Elements(queryRows, 1, stride), gradientPanel, size, rows, visible, accumulate: true);
                    if (withQueries)
                        AddToQueries(queryStart + (query * stride), gradientPanel.Start, keyStart, rows, Math.Min(visible * Lanes, count), accumulate: block > 0);
                }
            }
        }

        AttentionBlock<TFloats>.Unpack(qkvGradient + keyStart, stride, keyResult, count, size, ones);
        AttentionBlock<TFloats>.Unpack(qkvGradient + valueStart, stride, valueResult, count, size, ones);
    }

    /// <summary>The queries' gradient (+)= the scores' gradients times the keys; lanes are features.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddToQueries(long queryStart, float* scoreGradients, long keyStart, int queries, int keys, bool accumulate)
    {
        nint stride = shape.QkvColumns;
        var left = new Elements(scoreGradients, Extent, 1);
        for (int feature = 0; feature < shape.HeadSize; feature += Extent)
        {
            int vectors = Math.Min(Extent, shape.HeadSize - feature) / Lanes;
            var result = new Panel(qkvGradient + queryStart + feature, stride);
            AttentionBlock<TFloats>.Multiply(result, left, new Panel(qkv + keyStart + feature, stride), queries, keys, vectors, accumulate);
        }
    }

    /// <summary>D of each query of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Dots(long outputStart, long statistics, int count)
    {
        for (int query = 0; query < count; query++, outputStart += shape.OutputColumns)
            dots[statistics + query] = Dot(outputGradient + outputStart, output + outputStart, shape.HeadSize);
    }

    /// <summary>For 16 queries, scores become their gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreGradients(float* scores, float* weightGradients, int keys, float* logSums, float* dots)
    {
        TFloats scale = TFloats.Create(shape.Scale);
        TFloats logSum = TFloats.Load(logSums);
        TFloats dot = TFloats.Load(dots);
        for (int key = 0; key < keys; key++, scores += Extent, weightGradients += Extent)
        {
            TFloats weight = Weight(TFloats.Load(scores), scale, logSum);
            TFloats.Store(ScoreGradient(weight, TFloats.Load(weightGradients), scale, dot), scores);
        }
    }

    /// <summary>Scores become weights, and the weights' gradients the scores' gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WeightsAndScoreGradients(float* scores, float* gradients, int queries, int vectors, float* logSums, float* dots)
    {
        TFloats scale = TFloats.Create(shape.Scale);
        for (int query = 0; query < queries; query++, scores += Extent, gradients += Extent)
        {
            TFloats logSum = TFloats.Create(logSums[query]);
            TFloats dot = TFloats.Create(dots[query]);
            for (int lane = 0; lane < vectors * Lanes; lane += Lanes)
            {
                TFloats weight = Weight(TFloats.Load(scores + lane), scale, logSum);
                TFloats.Store(weight, scores + lane);
                TFloats.Store(ScoreGradient(weight, TFloats.Load(gradients + lane), scale, dot), gradients + lane);
            }
        }
    }

    /// <summary>
    /// exp(scale q k - logSumExp). The product is rounded as it was for logSumExp, so that the difference is never positive
    /// however large the scores; a fused multiply-add would leave their rounding in the exponent.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats Weight(TFloats score, TFloats scale, TFloats logSum) =>
        VectorMath.Exp2(((score * scale) - logSum) * VectorMath.Log2E);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloats ScoreGradient(TFloats weight, TFloats weightGradient, TFloats scale, TFloats dot) =>
        weight * scale * (weightGradient - dot);

    /// <summary>The order of the sum depends on the count alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* a, float* b, int count)
    {
        TFloats sums = TFloats.Zero;
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
            sums = TFloats.MultiplyAdd(TFloats.Load(a + i), TFloats.Load(b + i), sums);
        float sum = TFloats.Sum(sums);
        for (; i < count; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
