using ILGPU;
using ILGPU.Algorithms;

namespace Ilgpu.Pretrain.Kernels;

/// <content>
/// The backward pass: with D = dO O of each query, the gradient of a score is p (dO v - D). A group of the keys' kernel
/// owns 16 keys with their values and goes through the queries that see them, of all query heads that share them, in
/// order; a group of the queries' kernel owns 16 queries and goes through the keys they see. Nothing is summed across groups.
/// </content>
internal sealed partial class AttentionGpu<T, TStorage>
{
    /// <summary>D of each query, a warp each: reads output and its gradient once, for 2 FLOPs an element.</summary>
    private static void DotsKernel(ArrayView<float> dots, ArrayView<T> outputGradient, ArrayView<T> output, AttentionShape shape)
    {
        int lane = Group.IdxX & 31;
        int row = (Grid.IdxX * (RowTiles<T, TStorage>.Threads / RowTiles<T, TStorage>.Lanes)) + (Group.IdxX >> 5);
        int token = row / shape.Heads;
        if (token >= shape.Tokens)
            return;
        long start = (long)row * shape.HeadSize;
        float dot = 0;
        for (int feature = lane; feature < shape.HeadSize; feature += RowTiles<T, TStorage>.Lanes)
            dot += TStorage.ToSingle(outputGradient[start + feature]) * TStorage.ToSingle(output[start + feature]);
        dot = WarpLanes.Sum(dot);
        if (lane == 0)
            dots[shape.StatisticIndex(token / shape.Length, row % shape.Heads, token % shape.Length)] = dot;
    }

    /// <remarks>One tile at a time fits beside the owned rows, so queries are loaded for the scores and again for the keys' sums.</remarks>
    private static void KeyValueKernel(
        ArrayView<T> qkvGradient,
        ArrayView<T> outputGradient,
        ArrayView<float> logSumExp,
        ArrayView<float> dots,
        ArrayView<T> qkv,
        AttentionShape shape,
        float scale,
        RowLayout layout)
    {
        const int OwnedQuads = RowTiles<T, TStorage>.GroupRows * RowTiles<T, TStorage>.OwnedStride;
        const int Keys = RowTiles<T, TStorage>.TileQuads;
        const int Values = Keys + OwnedQuads;
        const int Weights = Values + OwnedQuads;
        const int Gradients = Weights + RowTiles<T, TStorage>.Threads;
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(Gradients + RowTiles<T, TStorage>.Threads);
        int lane = Group.IdxX & 31;
        int warp = Group.IdxX >> 5;
        int heads = shape.Batch * shape.KeyValueHeads;
        int sequence = Grid.IdxX % heads / shape.KeyValueHeads;
        int keyValueHead = Grid.IdxX % shape.KeyValueHeads;
        int firstKey = Grid.IdxX / heads * RowTiles<T, TStorage>.GroupRows;
        int count = XMath.Min(RowTiles<T, TStorage>.GroupRows, shape.Length - firstKey);
        int warpRow = warp * RowTiles<T, TStorage>.WarpRows;
        int stride = shape.QkvColumns;
        long firstToken = (long)sequence * shape.Length;
        long keys = ((firstToken + firstKey) * stride) + shape.OutputColumns + (keyValueHead * shape.HeadSize);
        int ownedKeys = Keys + (warpRow * RowTiles<T, TStorage>.OwnedStride);
        int ownedValues = Values + (warpRow * RowTiles<T, TStorage>.OwnedStride);
        int weights = Weights + (warp * RowTiles<T, TStorage>.Lanes);
        int gradients = Gradients + (warp * RowTiles<T, TStorage>.Lanes);
        int tileRow = lane * RowTiles<T, TStorage>.TileStride;
        RowTiles<T, TStorage>.Load(shared, Keys, RowTiles<T, TStorage>.OwnedStride, qkv, keys, stride, RowTiles<T, TStorage>.GroupRows, count, layout);
        RowTiles<T, TStorage>.Load(shared, Values, RowTiles<T, TStorage>.OwnedStride, qkv, keys + shape.KeyValueColumns, stride, RowTiles<T, TStorage>.GroupRows, count, layout);

        RowSums keySums = default;
        RowSums valueSums = default;
        int lastHead = (keyValueHead + 1) * shape.GroupSize;
        for (int head = keyValueHead * shape.GroupSize; head < lastHead; head++)
        {
            for (int first = firstKey - (firstKey % RowTiles<T, TStorage>.Lanes); first < shape.Length; first += RowTiles<T, TStorage>.Lanes)
            {
                int query = first + lane;
                int rows = shape.Length - first;
                long queries = ((firstToken + first) * stride) + (head * shape.HeadSize);
                long outputs = ((firstToken + first) * shape.OutputColumns) + (head * shape.HeadSize);
                long statistic = shape.StatisticIndex(sequence, head, XMath.Min(query, shape.Length - 1));
                float logSum = logSumExp[statistic];
                float dot = dots[statistic];

                RowTiles<T, TStorage>.Load(shared, 0, RowTiles<T, TStorage>.TileStride, qkv, queries, stride, RowTiles<T, TStorage>.Lanes, rows, layout);
                Group.Barrier();
                Float4 scores = RowTiles<T, TStorage>.Multiply(shared, tileRow, ownedKeys, layout);
                Float4 probabilities = HideEarlier(Probabilities(scores, Fill(logSum), scale), query - firstKey - warpRow);
                if (query >= shape.Length)
                    probabilities = default;
                shared[weights + lane] = probabilities;
                Group.Barrier();

                RowTiles<T, TStorage>.Load(shared, 0, RowTiles<T, TStorage>.TileStride, outputGradient, outputs, shape.OutputColumns, RowTiles<T, TStorage>.Lanes, rows, layout);
                Group.Barrier();
                Float4 products = RowTiles<T, TStorage>.Multiply(shared, tileRow, ownedValues, layout);
                shared[gradients + lane] = ScoreGradients(probabilities, products, Fill(dot));
                valueSums = RowTiles<T, TStorage>.Add(valueSums, shared, weights, 0, layout);
                Group.Barrier();

                RowTiles<T, TStorage>.Load(shared, 0, RowTiles<T, TStorage>.TileStride, qkv, queries, stride, RowTiles<T, TStorage>.Lanes, rows, layout);
                Group.Barrier();
                keySums = RowTiles<T, TStorage>.Add(keySums, shared, gradients, 0, layout);
                Group.Barrier();
            }
        }

        long target = keys + ((long)warpRow * stride);
        RowTiles<T, TStorage>.Store(qkvGradient, target, stride, RowTiles<T, TStorage>.Scale(keySums, Fill(scale)), count - warpRow, layout);
        RowTiles<T, TStorage>.Store(qkvGradient, target + shape.KeyValueColumns, stride, valueSums, count - warpRow, layout);
    }

    private static void QueryKernel(
        ArrayView<T> qkvGradient,
        ArrayView<T> outputGradient,
        ArrayView<float> logSumExp,
        ArrayView<float> dots,
        ArrayView<T> qkv,
        AttentionShape shape,
        float scale,
        RowLayout layout)
    {
        const int OwnedQuads = RowTiles<T, TStorage>.GroupRows * RowTiles<T, TStorage>.OwnedStride;
        const int Queries = RowTiles<T, TStorage>.TileQuads;
        const int Outputs = Queries + OwnedQuads;
        const int Gradients = Outputs + OwnedQuads;
        ArrayView<Float4> shared = SharedMemory.Allocate<Float4>(Gradients + RowTiles<T, TStorage>.Threads);
        int lane = Group.IdxX & 31;
        int warp = Group.IdxX >> 5;
        int heads = shape.Batch * shape.Heads;
        int sequence = Grid.IdxX % heads / shape.Heads;
        int head = Grid.IdxX % shape.Heads;
        int firstQuery = (((shape.Length - 1) / RowTiles<T, TStorage>.GroupRows) - (Grid.IdxX / heads)) * RowTiles<T, TStorage>.GroupRows;
        int count = XMath.Min(RowTiles<T, TStorage>.GroupRows, shape.Length - firstQuery);
        int warpRow = warp * RowTiles<T, TStorage>.WarpRows;
        int warpQuery = firstQuery + warpRow;
        int stride = shape.QkvColumns;
        long firstToken = (long)sequence * shape.Length;
        long queries = ((firstToken + firstQuery) * stride) + (head * shape.HeadSize);
        long outputs = ((firstToken + firstQuery) * shape.OutputColumns) + (head * shape.HeadSize);
        long keys = (firstToken * stride) + shape.OutputColumns + (head / shape.GroupSize * shape.HeadSize);
        int ownedQueries = Queries + (warpRow * RowTiles<T, TStorage>.OwnedStride);
        int ownedOutputs = Outputs + (warpRow * RowTiles<T, TStorage>.OwnedStride);
        int gradients = Gradients + (warp * RowTiles<T, TStorage>.Lanes);
        int tileRow = lane * RowTiles<T, TStorage>.TileStride;
        Float4 logSums = Statistics(logSumExp, sequence, head, warpQuery, shape);
        Float4 rowDots = Statistics(dots, sequence, head, warpQuery, shape);
        RowTiles<T, TStorage>.Load(shared, Queries, RowTiles<T, TStorage>.OwnedStride, qkv, queries, stride, RowTiles<T, TStorage>.GroupRows, count, layout);
        RowTiles<T, TStorage>.Load(shared, Outputs, RowTiles<T, TStorage>.OwnedStride, outputGradient, outputs, shape.OutputColumns, RowTiles<T, TStorage>.GroupRows, count, layout);

        RowSums sums = default;
        for (int first = 0; first < firstQuery + count; first += RowTiles<T, TStorage>.Lanes)
        {
            int rows = shape.Length - first;
            long tileKeys = keys + ((long)first * stride);
            RowTiles<T, TStorage>.Load(shared, 0, RowTiles<T, TStorage>.TileStride, qkv, tileKeys + shape.KeyValueColumns, stride, RowTiles<T, TStorage>.Lanes, rows, layout);
            Group.Barrier();
            Float4 products = RowTiles<T, TStorage>.Multiply(shared, tileRow, ownedOutputs, layout);
            Group.Barrier();
            RowTiles<T, TStorage>.Load(shared, 0, RowTiles<T, TStorage>.TileStride, qkv, tileKeys, stride, RowTiles<T, TStorage>.Lanes, rows, layout);
            Group.Barrier();
            Float4 scores = RowTiles<T, TStorage>.Multiply(shared, tileRow, ownedQueries, layout);
            Float4 probabilities = HideLater(Probabilities(scores, logSums, scale), first + lane - warpQuery, 0);
            shared[gradients + lane] = ScoreGradients(probabilities, products, rowDots);
            Group.Barrier();
            sums = RowTiles<T, TStorage>.Add(sums, shared, gradients, 0, layout);
            Group.Barrier();
        }

        RowTiles<T, TStorage>.Store(qkvGradient, queries + ((long)warpRow * stride), stride, RowTiles<T, TStorage>.Scale(sums, Fill(scale)), count - warpRow, layout);
    }

    /// <summary>Of four queries after another; of those past the end, the last one's.</summary>
    private static Float4 Statistics(ArrayView<float> values, int sequence, int head, int query, AttentionShape shape)
    {
        long start = shape.StatisticIndex(sequence, head, 0);
        int last = shape.Length - 1;
        return new Float4
        {
            X = values[start + XMath.Min(query, last)],
            Y = values[start + XMath.Min(query + 1, last)],
            Z = values[start + XMath.Min(query + 2, last)],
            W = values[start + XMath.Min(query + 3, last)],
        };
    }

    private static Float4 Probabilities(Float4 scores, Float4 logSums, float scale) => new()
    {
        X = AttentionProbability.Of(scale * scores.X, logSums.X),
        Y = AttentionProbability.Of(scale * scores.Y, logSums.Y),
        Z = AttentionProbability.Of(scale * scores.Z, logSums.Z),
        W = AttentionProbability.Of(scale * scores.W, logSums.W),
    };

    private static Float4 ScoreGradients(Float4 probabilities, Float4 products, Float4 dots) => new()
    {
        X = probabilities.X * (products.X - dots.X),
        Y = probabilities.Y * (products.Y - dots.Y),
        Z = probabilities.Z * (products.Z - dots.Z),
        W = probabilities.W * (products.W - dots.W),
    };

    /// <summary>Rows are four keys after another; zero for those after a query that lies so far after the first.</summary>
    private static Float4 HideEarlier(Float4 probabilities, int after) => new()
    {
        X = after < 0 ? 0 : probabilities.X,
        Y = after < 1 ? 0 : probabilities.Y,
        Z = after < 2 ? 0 : probabilities.Z,
        W = after < 3 ? 0 : probabilities.W,
    };
}
