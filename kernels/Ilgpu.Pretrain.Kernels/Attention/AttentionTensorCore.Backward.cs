using ILGPU;
using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <content>
/// The backward pass: with D = dO O of each query, the gradient of a score is p (dO v - D). A group of the keys' kernel
/// owns 64 keys with their values and goes through the queries that see them, of all query heads that share them, in
/// order; a group of the queries' kernel owns 64 queries and goes through the keys they see. Nothing is summed across groups.
/// </content>
internal sealed partial class AttentionTensorCore<THead>
{
    /// <summary>Lanes that share a row of D, a chunk each at a time: a quad.</summary>
    private const int DotLanes = 4;

    private static int StreamRows => THead.StreamRows;

    private static int StreamTile => StreamRows * HeadTiles<THead>.Chunks;

    /// <summary>D of each query: reads output and its gradient once, 4 bytes an element for 2 FLOPs.</summary>
    private static void DotsKernel(ArrayView<float> dots, ArrayView<BFloat16> outputGradient, ArrayView<BFloat16> output, AttentionShape shape)
    {
        int heads = shape.Batch * shape.Heads;
        int sequence = Grid.IdxX % heads / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        int query = (Grid.IdxX / heads * (HeadTiles<THead>.Threads / DotLanes)) + (Group.IdxX >> 2);
        bool inside = query < shape.Length;
        long row = ((((long)sequence * shape.Length) + (inside ? query : 0)) * OutputStride(shape)) + (head * HeadTiles<THead>.Chunks);
        ArrayView<Bits128> gradients = outputGradient.Cast<Bits128>();
        ArrayView<Bits128> outputs = output.Cast<Bits128>();
        float dot = 0;
        for (int chunk = Group.IdxX & (DotLanes - 1); chunk < THead.Size / 8; chunk += DotLanes)
        {
            Bits128 gradient = gradients[row + chunk];
            Bits128 value = outputs[row + chunk];
            dot += Dot(gradient.X, value.X) + Dot(gradient.Y, value.Y) + (Dot(gradient.Z, value.Z) + Dot(gradient.W, value.W));
        }

        dot = QuadSum(dot);
        if (inside && (Group.IdxX & (DotLanes - 1)) == 0)
            dots[shape.StatisticIndex(sequence, head, query)] = dot;
    }

    private static void KeyValueKernel(
        ArrayView<BFloat16> qkvGradient,
        ArrayView<BFloat16> outputGradient,
        ArrayView<float> logSumExp,
        ArrayView<float> dots,
        ArrayView<BFloat16> qkv,
        AttentionShape shape,
        float scale,
        float exponentScale)
    {
        // Two stages, each with a block of queries and of output gradients; in the second array their log-sum-exp and D.
        ArrayView<Bits128> shared = SharedMemory.Allocate<Bits128>(4 * THead.StreamRows * THead.Size / 8);
        ArrayView<Float4> statistics = SharedMemory.Allocate<Float4>(THead.StreamRows);
        int lane = Group.IdxX & 31;
        int warp = Group.IdxX >> 5;
        int rowStart = HeadTiles<THead>.RowStart(lane);
        int columnStart = HeadTiles<THead>.ColumnStart(lane);
        int heads = shape.Batch * shape.KeyValueHeads;
        int sequence = Grid.IdxX % heads / shape.KeyValueHeads;
        int keyValueHead = Grid.IdxX % shape.KeyValueHeads;
        int head = keyValueHead * shape.GroupSize;
        int lastHead = head + shape.GroupSize;
        int firstKey = Grid.IdxX / heads * Rows;
        int stride = QkvStride(shape);
        ArrayView<Bits128> rows = qkv.Cast<Bits128>();
        ArrayView<Bits128> gradientRows = outputGradient.Cast<Bits128>();
        int firstToken = sequence * shape.Length;
        long keys = ((long)(firstToken + firstKey) * stride) + ((shape.Heads + keyValueHead) * HeadTiles<THead>.Chunks);
        long values = keys + (shape.KeyValueHeads * HeadTiles<THead>.Chunks);

        HeadTiles<THead>.Copy(shared, 0, rows, keys, stride, Rows, shape.Length - firstKey);
        HeadTiles<THead>.Copy(shared, 2 * StreamTile, rows, values, stride, Rows, shape.Length - firstKey);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
        Group.Barrier();
        HeadFragments key = HeadTiles<THead>.Load(shared, (warp * StepTile) + rowStart);
        HeadFragments value = HeadTiles<THead>.Load(shared, (2 * StreamTile) + (warp * StepTile) + rowStart);
        Group.Barrier();

        int warpKey = firstKey + (warp * Step);
        int stage = 0;
        HeadSums keySums = default;
        HeadSums valueSums = default;
        CopyQueries(shared, 0, rows, gradientRows, firstToken, firstKey, head, shape);
        AsyncCopy.Commit();
        if (Group.IdxX < 2 * StreamRows)
            statistics.Cast<float>()[StatisticSlot(0)] = Statistic(logSumExp, dots, firstToken, head, firstKey, shape);
        for (; head < lastHead; head++)
        {
            for (int query = firstKey; query < shape.Length; query += StreamRows)
            {
                bool wraps = query + StreamRows >= shape.Length;
                int nextQuery = wraps ? firstKey : query + StreamRows;
                int nextHead = wraps ? head + 1 : head;
                float nextStatistic = 0;
                AsyncCopy.Wait(0);
                Group.Barrier();
                if (nextHead < lastHead)
                {
                    CopyQueries(shared, (1 - stage) * 2 * StreamTile, rows, gradientRows, firstToken, nextQuery, nextHead, shape);
                    if (Group.IdxX < 2 * StreamRows)
                        nextStatistic = Statistic(logSumExp, dots, firstToken, nextHead, nextQuery, shape);
                }

                AsyncCopy.Commit();
                for (int row = 0; row < StreamRows; row += Step)
                {
                    int after = query + row - warpKey;
                    int tile = (stage * 2 * StreamTile) + (row * HeadTiles<THead>.Chunks);
                    if (after >= 0)
                    {
                        int pair = (stage * (StreamRows / 2)) + (row >> 1) + (lane & 3);
                        Float4 left = statistics[pair];
                        Float4 right = statistics[pair + 4];
                        SumTile weights = HeadTiles<THead>.Multiply(key, shared, tile + columnStart, 0);
                        SumTile gradients = HeadTiles<THead>.Multiply(value, shared, tile + columnStart, StreamTile);
                        weights = new SumTile
                        {
                            Left = Probabilities(weights.Left, left.X, left.Z, left.X, left.Z, exponentScale),
                            Right = Probabilities(weights.Right, right.X, right.Z, right.X, right.Z, exponentScale),
                        };
                        if (after == 0)
                            weights = HideEarlierColumns(weights, lane);
                        gradients = new SumTile
                        {
                            Left = ScoreGradients(weights.Left, gradients.Left, left.Y, left.W, left.Y, left.W),
                            Right = ScoreGradients(weights.Right, gradients.Right, right.Y, right.W, right.Y, right.W),
                        };
                        valueSums = HeadTiles<THead>.Add(valueSums, HeadTiles<THead>.Pack(weights), shared, tile + rowStart, StreamTile);
                        keySums = HeadTiles<THead>.Add(keySums, HeadTiles<THead>.Pack(gradients), shared, tile + rowStart, 0);
                    }
                }

                stage = 1 - stage;
                if (Group.IdxX < 2 * StreamRows)
                    statistics.Cast<float>()[StatisticSlot(stage)] = nextStatistic;
            }
        }

        Group.Barrier();
        HeadTiles<THead>.Store(HeadTiles<THead>.Scale(keySums, scale, scale), shared, warp * StepTile, lane);
        HeadTiles<THead>.Store(valueSums, shared, (2 * StreamTile) + (warp * StepTile), lane);
        Group.Barrier();
        // What the loop left is used, rather than what would have to be kept in registers through it.
        int count = XMath.Min(Rows, shape.Length - firstKey);
        long target = ((long)(firstToken + firstKey) * stride) + ((shape.Heads + (head / shape.GroupSize) - 1) * HeadTiles<THead>.Chunks);
        HeadTiles<THead>.CopyOut(qkvGradient.Cast<Bits128>(), target, stride, shared, 0, count);
        HeadTiles<THead>.CopyOut(qkvGradient.Cast<Bits128>(), target + (shape.KeyValueHeads * HeadTiles<THead>.Chunks), stride, shared, 2 * StreamTile, count);
    }

    private static void QueryKernel(
        ArrayView<BFloat16> qkvGradient,
        ArrayView<BFloat16> outputGradient,
        ArrayView<float> logSumExp,
        ArrayView<float> dots,
        ArrayView<BFloat16> qkv,
        AttentionShape shape,
        float scale,
        float exponentScale)
    {
        // Two stages, each with a block of keys and of values.
        ArrayView<Bits128> shared = SharedMemory.Allocate<Bits128>(4 * THead.StreamRows * THead.Size / 8);
        int lane = Group.IdxX & 31;
        int warp = Group.IdxX >> 5;
        int rowStart = HeadTiles<THead>.RowStart(lane);
        int columnStart = HeadTiles<THead>.ColumnStart(lane);
        int heads = shape.Batch * shape.Heads;
        int sequence = Grid.IdxX % heads / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        int firstQuery = (((shape.Length - 1) / Rows) - (Grid.IdxX / heads)) * Rows;
        int count = XMath.Min(Rows, shape.Length - firstQuery);
        int stride = QkvStride(shape);
        ArrayView<Bits128> rows = qkv.Cast<Bits128>();
        int firstToken = sequence * shape.Length;
        long queries = ((long)(firstToken + firstQuery) * stride) + (head * HeadTiles<THead>.Chunks);
        long keys = ((long)firstToken * stride) + ((shape.Heads + (head / shape.GroupSize)) * HeadTiles<THead>.Chunks);
        long gradientRows = ((long)(firstToken + firstQuery) * OutputStride(shape)) + (head * HeadTiles<THead>.Chunks);

        HeadTiles<THead>.Copy(shared, 0, rows, queries, stride, Rows, count);
        HeadTiles<THead>.Copy(shared, 2 * StreamTile, outputGradient.Cast<Bits128>(), gradientRows, OutputStride(shape), Rows, count);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
        Group.Barrier();
        HeadFragments query = HeadTiles<THead>.Load(shared, (warp * StepTile) + rowStart);
        HeadFragments gradient = HeadTiles<THead>.Load(shared, (2 * StreamTile) + (warp * StepTile) + rowStart);
        Group.Barrier();

        // Rows past the end have queries and gradients of zero; any finite statistic serves them.
        int warpQuery = firstQuery + (warp * Step);
        int upperQuery = XMath.Min(warpQuery + (lane >> 2), shape.Length - 1);
        int lowerQuery = XMath.Min(warpQuery + (lane >> 2) + 8, shape.Length - 1);
        float upperLogSum = logSumExp[shape.StatisticIndex(sequence, head, upperQuery)] * Log2E;
        float lowerLogSum = logSumExp[shape.StatisticIndex(sequence, head, lowerQuery)] * Log2E;
        float upperDot = dots[shape.StatisticIndex(sequence, head, upperQuery)];
        float lowerDot = dots[shape.StatisticIndex(sequence, head, lowerQuery)];
        HeadSums sums = default;
        int blocks = (firstQuery + count + StreamRows - 1) / StreamRows;
        CopyKeys(shared, 0, rows, keys, 0, shape);
        AsyncCopy.Commit();
        for (int block = 0; block < blocks; block++)
        {
            int stage = (block & 1) * 2 * StreamTile;
            AsyncCopy.Wait(0);
            Group.Barrier();
            if (block + 1 < blocks)
                CopyKeys(shared, (2 * StreamTile) - stage, rows, keys, (block + 1) * StreamRows, shape);
            AsyncCopy.Commit();
            for (int row = 0; row < StreamRows; row += Step)
            {
                int before = warpQuery - (block * StreamRows) - row;
                int tile = stage + (row * HeadTiles<THead>.Chunks);
                if (before >= 0)
                {
                    SumTile weights = HeadTiles<THead>.Multiply(query, shared, tile + columnStart, 0);
                    SumTile gradients = HeadTiles<THead>.Multiply(gradient, shared, tile + columnStart, StreamTile);
                    weights = new SumTile
                    {
                        Left = Probabilities(weights.Left, upperLogSum, upperLogSum, lowerLogSum, lowerLogSum, exponentScale),
                        Right = Probabilities(weights.Right, upperLogSum, upperLogSum, lowerLogSum, lowerLogSum, exponentScale),
                    };
                    if (before == 0)
                        weights = HideLaterColumns(weights, 0, lane);
                    gradients = new SumTile
                    {
                        Left = ScoreGradients(weights.Left, gradients.Left, upperDot, upperDot, lowerDot, lowerDot),
                        Right = ScoreGradients(weights.Right, gradients.Right, upperDot, upperDot, lowerDot, lowerDot),
                    };
                    sums = HeadTiles<THead>.Add(sums, HeadTiles<THead>.Pack(gradients), shared, tile + rowStart, 0);
                }
            }
        }

        Group.Barrier();
        HeadTiles<THead>.Store(HeadTiles<THead>.Scale(sums, scale, scale), shared, warp * StepTile, lane);
        Group.Barrier();
        HeadTiles<THead>.CopyOut(qkvGradient.Cast<Bits128>(), queries, stride, shared, 0, count);
    }

    /// <summary>Begins to copy a block of queries, and of output gradients after it.</summary>
    private static void CopyQueries(ArrayView<Bits128> shared, int tile, ArrayView<Bits128> qkv, ArrayView<Bits128> outputGradient, int firstToken, int query, int head, AttentionShape shape)
    {
        int chunk = head * HeadTiles<THead>.Chunks;
        int stride = QkvStride(shape);
        int outputStride = OutputStride(shape);
        long token = firstToken + query;
        HeadTiles<THead>.Copy(shared, tile, qkv, (token * stride) + chunk, stride, StreamRows, shape.Length - query);
        HeadTiles<THead>.Copy(shared, tile + StreamTile, outputGradient, (token * outputStride) + chunk, outputStride, StreamRows, shape.Length - query);
    }

    /// <summary>Begins to copy a block of keys, and of values after it.</summary>
    private static void CopyKeys(ArrayView<Bits128> shared, int tile, ArrayView<Bits128> qkv, long keys, int key, AttentionShape shape)
    {
        int stride = QkvStride(shape);
        long first = keys + ((long)key * stride);
        HeadTiles<THead>.Copy(shared, tile, qkv, first, stride, StreamRows, shape.Length - key);
        HeadTiles<THead>.Copy(shared, tile + StreamTile, qkv, first + (shape.KeyValueHeads * HeadTiles<THead>.Chunks), stride, StreamRows, shape.Length - key);
    }

    /// <summary>The first threads, one a query, bring the log-sum-exp of a block of queries, in powers of two, the next as many their D; zero past the end.</summary>
    private static float Statistic(ArrayView<float> logSumExp, ArrayView<float> dots, int firstToken, int head, int firstQuery, AttentionShape shape)
    {
        int query = firstQuery + (Group.IdxX & (StreamRows - 1));
        if (query >= shape.Length)
            return 0;
        long index = ((long)firstToken * shape.Heads) + ((long)head * shape.Length) + query;
        return Group.IdxX < StreamRows ? logSumExp[index] * Log2E : dots[index];
    }

    /// <summary>A query's log-sum-exp and D lie side by side.</summary>
    private static int StatisticSlot(int stage) => (stage * 2 * StreamRows) + (2 * (Group.IdxX & (StreamRows - 1))) + (Group.IdxX < StreamRows ? 0 : 1);

    /// <summary>At most 1, though the rounding of a large score's product is left in the exponent; NaN shows.</summary>
    private static Float4 Probabilities(Float4 scores, float x, float y, float z, float w, float exponentScale) => new()
    {
        X = Exponential.Base2AtMostOne((scores.X * exponentScale) - x),
        Y = Exponential.Base2AtMostOne((scores.Y * exponentScale) - y),
        Z = Exponential.Base2AtMostOne((scores.Z * exponentScale) - z),
        W = Exponential.Base2AtMostOne((scores.W * exponentScale) - w),
    };

    private static Float4 ScoreGradients(Float4 weights, Float4 gradients, float x, float y, float z, float w) => new()
    {
        X = weights.X * (gradients.X - x),
        Y = weights.Y * (gradients.Y - y),
        Z = weights.Z * (gradients.Z - z),
        W = weights.W * (gradients.W - w),
    };

    private static float Dot(int a, int b) =>
        (BFloat16Pair.Low(a) * BFloat16Pair.Low(b)) + (BFloat16Pair.High(a) * BFloat16Pair.High(b));
}
